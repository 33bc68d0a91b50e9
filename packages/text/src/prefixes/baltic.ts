/** Lithuanian and Latvian. */
import type { PrefixTable } from "./table.js";
import { BALTIC } from "./shared.js";

export const lt: PrefixTable = {
  letters: BALTIC,
  always: {
    months: "Bal Birž Geg Gruod Kov Lapkr Liep Rugpj Rugs Saus Spal Vas",
    days: "Antr Ketv Penkt Pirm Pn Pr Sekm Treč Šešt",
    titles: `
      akad asist dipl dir dktv doc ~dr gen habil ~inž Just kand kpt ltn mgnt mgr mjr mokyt plk ~prof sen stud ved
      vyr vyresn
    `,
    units: "a d eil g k kln l m min mln mlrd mėn pss t tūkst",
    places: `
      aps apskr apyg ež kyš mst mstl pav pl plg r saviv up upl vad vlsč vs įl š
    `,
    "labels and phrases": `
      a.d a.k A.V adv air aklg akt al amer anat angl arab archeol archit asm asm.k asmv astr atsak atsisk austral
      aut av avd b b.k bažn bdv bibl biol bkl bot brt brus bt buh buv chem col con conj dab dail dek dgs dial
      dirig drp Dz dėst dš Dž džn e egz ekon el Em. esam etc euf fak faks fam farm filol filos fin fiz fiziol flk
      fon fot geod geogr geol geom ~gerb gim glžk gr gram gv gyd her hidr ind insp iron isp ist istor it jap juok
      jūr k.a kalb kar kas kat kin kl klaus kn knyg kom komp koresp kosm ~kr kt kul kun kuop l.e.p lingv lit log
      lot m.e m.m malon mat maž med medž men menk metal meteor mit mok moksl mot ms muz n neig neol niek nkt ~nr
      ntk ofic opt orig p p.d p.m.e pan parl pat pavad paž pirm poet poez poligr polit ppr pr pr.Kr pranc prek
      priet prk prok prot prs psich psn pvz pšt rad red reikšm rel ret rus rš sav sekr sk skg skv skyr sl sov sp
      spec sport sr st stat str sudurt sutr suv sąs sąsk t.p t.t t.y teatr tech techn teig teis tekst tel teol tir
      v vaik vart vet vid virš vksm vns vok ~vt vtv vulg vv zool Įn įv įv.reikšm š.m šach šiaur škot šnek ū ž ž.ū
      žml žr
    `,
  },
  numericOnly: "No",
};

export const lv: PrefixTable = {
  letters: BALTIC,
  always: {
    words: `
      a.l ~akad ~dr ~folkl ~galv ~hum ~inv ~inž ~ist.loc ~kor.loc med ~māksl ~mūz ~prof ~pārb ~sertif ~sk ~soc
      ~spec t.p v.i ~vad ~vec ~vienk ~vietn ~virz
    `,
  },
  numericOnly: "Nr",
};
