/** Slavic languages. */
import type { PrefixTable } from "./table.js";
import { LATIN } from "./shared.js";

export const cs: PrefixTable = {
  always: {
    titles: `
      Bc BcA CSc DiS doc Dr DrSc Ing Ing.arch JUDr MgA Mgr MUDr MVDr PaedDr Ph.D PharmDr PhDr PhMr prof RNDr RSDr
      Th.D ThDr ThLic
    `,
    "companies and offices": "hor obch odd okr samost sport uspoř vedl",
    "eras and units": "kr ml mld n.s př.kr př.n.l roč stol t.č č čj",
    "labels and phrases": `
      a.i abl absol abt ad adj adv aj ak akt alch amer anat angl anglosas anon ap apod arab arch archit arg astr
      astrol atd atp att aut b.m b.p b.r bd belg bibl biogr biol boh bot br bulh bás c.k cca chcsl chem cit
      cizojaz col csl círk dat dep dial dl dol dop dopr dosl dór děj dět ed ekon epic etnonym eufem ev event f
      facs fam fasc fem fil film fol form fot fr franc fut fyz gen geogr geol geom germ gram h.c hebr herald hist
      hl hod horn hovor hrsg hud hut ibid ie il imp impf ind indoevr inf instr interj inv.č iron it ión jap jhdt
      jv kanad katalán kl klas kniž koed kol komp konj konkr korej krit kuch kř lat les lid lit liturg log lok lék
      m m.a mat maď meteor metr mj mod mp ms mysl n n.p např neklas nepubl nesklon než no nom nprap nr náb námoř
      násl něm ob obr obyč odp ojed opr opt orig p part pas pejor pers pf phil pl plpf pokrač pol pomn popř port
      pozn prep práv pseud pt předl přel přeprac přivl příl r rcsl red refl reg repr resp revid rkp roz rozš rum
      rus s S.O.S samohl sect sest seš sg sign sl slang slov souhl spec srov srv st stfr stsl střv subj subst
      superl sv sz tab tech telev teol tis tj trans typogr tzn tzv táz tř univ var verb vl.jm voj vok vol vs vulg
      vyd vyobr vztaž výtv vč vůb zahr zal zast zejm zeměd zkr zprac zvl zájm zř čas čes čp čín ř řec šk šk.ro
      špan švýc
    `,
    spaced: `
      _ a._s ak._sl dr._h._c k._s n._l o._p._s o._s p._n._l p._o P._T po_Kr př._Kr př._n._l před_n._l s._p s._r._o
      spol._s_r._o v_z v._o._s v._r vl._jm č._j č._p
    `,
  },
};

export const sk: PrefixTable = {
  letters: LATIN,
  always: {
    titles: `
      ArtD Bc CSs dipl Dr DrSc Ing JUDr MDDr Mgr MUDr MVDr PaedDr PharmDr PhD PhDr Plk prof RNDr ThDr ThLic
    `,
    languages: `
      alch amer ~angl anglosas ~austr ~belg ~európ feud ~fr ~franc germ ~gr ~gréc gréckokat hebr indoeur ~jap
      juhoamer juhových juhozáp ~kanad lat latinskoamer ~maď ~nem poľ rím severoamer severových severozáp Sloven
      starogréc starorím stredoamer ~tal západoeur ~čes ~čs
    `,
    "units and time": `
      cest kapit kpt ~max ~mil ~min ml mld mn ods p.n.l ~roč stol stor sv
    `,
    "labels and phrases": `
      absol adj admin ~adr adv advok afr ak akad akc akuz al anat anorg ap apod arch archeol archit arg art astr
      astrol astron atp atď aut ~bibl biol bot bud bás býv chem cirk csl dat dep det dial diaľ distrib dokl dopr
      dosl dram duš dv dvojčl dór ekol ekon el elektr elektrotech energet epic est et etc etonym eufem ev evid
      expr fa fak fam farm fem fi fil filat filoz fon form fot fraz fut fyz fyziol garb gen genet genpor geod
      geogr geol geom herald hist hlav hosp hromad hud hypok i.e ident imp impf inf inform instr int interj inšt
      inštr iron jaz jedn juž kanc kart katastr knih kniž komp konj konkr kozmet Kr krajč kresť kt kuch lek lex
      lingv lit litur log lok medzinár mest metr miner mod mytol napr ~nar nasl nedok neg negat neklas neodb neos
      neskl nesklon nespis nespráv neved než niekt niž nom náb nákl námor nár obch obj ~obr obv obyč obč občian
      odb odd ojed ~okr opt opyt org os osob ot ovoc ~p.f par part pejor pers pf pl pnl pod podst pokl polit
      politol polygr pomn popl por porad porov posch potrav použ poz pozit poľno poľnohosp poľov pošt pož pr prac
      predl pren prep preuk ~priezv privl práv príd príj prík príp prír prísl príslov príč psych publ pís písm pôv
      refl reg rep resp rozk rozlič rozpráv ryb rádiotech s.r.o samohl semest sev sg skr skup sl soc soch sociol
      sp ~spol spoloč spoluhl správ spôs st star str stredoškol subj subst superl sz súkr súp súvzť tech ~tel
      telef teles telev teol trans turist tuzem typogr tzn tzv ukaz ~ul umel univ ust ved vedľ verb veter vin viď
      vl vod vodohosp vulg vyj vys vysokoškol vzťaž vôb vých výd výrob výsk výsl výtv výtvar význ včel vš všeob
      zahr zar zariad zast zastar zastaráv zb zdravot združ zjemn zlat ~zn zool zr zried zv záhr zák zákl zám záp
      zázn územ účt ~č čast čl čísl živ
    `,
    spaced: "Pf_",
  },
};

export const pl: PrefixTable = {
  letters: LATIN + "ŚĆŻŹ",
  always: {
    titles: `
      ~adw ~dh ~doc ~dr ~dyr ~dyw ~gen hab ~hr ~inż kard kpt ~ks ~lek ~mec med ~mgr ~nadkom ~najśw o ~oO ~oo p
      ~podkom ~por ~prof ~prok przyp ~płk ~red ~reż ~szer ~śp ~śW ~św
    `,
    "places and companies": "~al gm pl pow ~sp ~spółdz st ~stow ~tow ul woj wł zagr zakł zał",
    languages: "afr amer ang astr austr bryt chiń fr gr hiszp laic niem pol łac",
    "labels and phrases": `
      akad am arch ~art artyst bałt bdb bm bp br bryg bł c.k c.o ~cd cdn centr ces chem chir cyg cyt cyw czes czw
      czyt daw dcn dekl demokr det diec dn dol dop dost dosł dot ds dst duszp dypl Dz dł egz ekol ekon elektr em
      ew fab farm fot gastr gat geogr geol gimn godz gosp gram górn głęb h.c hist hot id im in iron jn jw k k.k
      k.p.a k.p.c k.r k.r.o kat katol kk kl kol kpc kr krak kryt kult m.in n ~nb ~np pn pok poz Przyp ~ps ~pt pw
      ~ryc ~rys społ spółgł ~stoł tel tj tzn ~tzw ub ur ww wyst wył zach zak zal zam zast zaw zazw zdr zew zewn zm
      zn zob ćw ćwicz żarg żyd żyw
    `,
  },
  numericOnly: "l ~nr par pkt r s str ~tab ust",
};

export const sl: PrefixTable = {
  letters: LATIN,
  always: {
    months: "~apr ~avg ~dec ~feb ~jan ~jul ~jun ~mar ~nov ~okt ~sep ~sept",
    titles: "dipl ~dr ing ~prim",
    phrases: "~cf d ~gl itd itn ~npr ~op ~oz prev ~sl ~tj",
  },
  numericOnly: "~št",
};

export const ru: PrefixTable = {
  letters: "АБВГДЕЖЗИЙКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯ" + LATIN,
  always: {
    "numbers with units": "{0,1,2,3,4,5,6,7,8,9}{г,га,гг,дм,кг,км,л,м,мг,мм,см,т}",
    centuries: "{C,I,L,M,V,X}{в,вв}",
    units: `
      г га гг гл дм кв кг кл км куб л лл м макс мг мин мл млн млрд мм н руб см т тт тыс ч шт экз
    `,
    places: "бульв гос д комн обл общ пер пл пос пр просп р ст стр туп ул уч",
    titles: "зам ~исп кап нач проф ред физ хор",
    phrases: `
      в вв доп др е ед и инд к кол коп лиц наб неуд ном о обр ок ост отл п перераб с сб св соч ср ~тел тех уд х
      чел э
    `,
  },
};
