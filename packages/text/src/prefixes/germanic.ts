/** Germanic languages. */
import type { PrefixTable } from "./table.js";
import { LATIN, LATIN_SMALL, ONE_TO_99, ROMAN, englishTitles } from "./shared.js";

export const en: PrefixTable = {
  letters: LATIN,
  always: {
    titles_en: englishTitles,
    titles: "Drs Hr",
    months: "Apr Aug Dec Feb Jan Jul Jun Mar Nov Oct Sep",
    phrases: "e.g i.e rev Rs v vs",
    references: "Nos Nr",
  },
  numericOnly: "Art No pp",
};

export const de: PrefixTable = {
  letters: LATIN + LATIN_SMALL,
  always: {
    titles_en: englishTitles,
    roman: ROMAN,
    numbers: ONE_TO_99,
    titles: "SA",
    companies: "Co g.g.A g.U i.H.v Ltd s.p.a",
    amounts: "Art Buchst ~ca Dkr ff Mio Mrd MwSt No Nos Nr pp Std zzt",
    phrases: `
      b.A BSE bzgl bzw c.-à-d Chr ~d.h d.J dergl dgl etc evtl ggf I.F jun k.o m.E o.ä sen sog sogen spp u.a u.E
      u.s.w u.U u.ä usf usw vgl vs z.B z.T z.Zt Zt
    `,
  },
};

export const nl: PrefixTable = {
  letters: LATIN,
  always: {
    titles: `
      bacc bc bgen dhr dr dr.h.c drs ds ~fa fam gen genm ing ir jhr jkvr jr kand kol lgen lkol Lt maj Mej mevr Mme
      mr Mw plv prof ritm tint Vz
    `,
    highness: "Z.D Z.D.H Z.E Z.Em Z.H Z.K.H Z.K.M Z.M",
    companies: "bv o.b.s",
    phrases: `
      a.g.v bijv bijz c.i d.w.z e.c e.g e.k eint ev i.p.v i.s.m i.t.t i.v.m m.a.w m.b.t m.b.v m.h.o m.i m.i.v nrs
      v.w.t z.v
    `,
    spaced: "Nrs_",
  },
  numericOnly: "~nr",
};

export const sv: PrefixTable = {
  letters: LATIN + "ÅÄ",
  always: {
    months: "apr aug dec feb jan jul jun mar nov sep",
    titles: "AB adv fil jur kand lic mag VG",
    phrases: `
      d d.v.s dvs etc f fr.o.m from i.a.f iaf jfr kl kr m.a.o m.fl m.h.a m.m mao mfl mha mm o.s.v okt osv p.g.a
      pga prop s t.ex t.o.m tex tom vol vs
    `,
    spaced: `
      d._v._s fr._o._m i._a._f m._a._o m._fl m._h._a m._m. o._s._v p._g._a t._ex t._o._m Ö__
    `,
  },
};

export const is: PrefixTable = {
  letters: LATIN + LATIN_SMALL + "íáóæ^",
  always: {
    units: "gm gr kg kk kl klst km kr mgr millj mm mms mín sek stk till",
    titles: "dr Hos hr PR pr Ritstj samb",
    places: "hf Khöfn ohf Rvk Rvík sf",
    dates: "e.Kr f.Kr",
    "grammar and phrases": `
      8vo a.fn ab.fn afs al alg alm andh ao ath aths atr au aukaf bh bls e.st ef efn eink end ennfr erl et f.hl fh
      fl fn fo forl frb frh frl frt fs fsh fsk fskj fsl fst ft fv fyrrn fyrrv fél físl germ hdl hdr hk hl hljsk
      hljv hljóðv hlsk holl hrl hv hvk höf kaf kap kgúrsk kt kvk leturbr lh lh.nt lh.þt lo ltr m.fl miðm mlja mljó
      mst nf nh nhm nk nl nmgr no nt núv o.fl o.m.fl o.s.frv o.áfr pfn s.hl s.st samhlj samn samþ sbr sfn sh shlj
      sign sk skv skál sl sn so ss.us st st.s sérn sþ tbl teg tfn tl to tvt tvíhlj uh umr uppl us vb Vf vh vkf ~vl
      vlf vmf vsk vth áfn áhrl.s áhrs ákv ákv.gr ísl ób ófn óákv óákv.gr útg þf þgf þjs þlt þm þml þolm þt þýð
    `,
  },
  numericOnly: "No ~nR ~nr",
};
