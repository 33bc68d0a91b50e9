/** Romance languages. */
import type { PrefixTable } from "./table.js";
import { LATIN, LATIN_SMALL, ROMAN, englishTitles } from "./shared.js";

export const fr: PrefixTable = {
  letters: LATIN + "bcdefghijklmnopqrstuvwxyz",
  always: {
    titles: `
      LL.AA LL.AA.II LL.AA.RR LL.AA.SS LL.EE LL.MM LL.MM.II.RR MM N.D N.S NN.SS R.I.P R.P S.A S.A.I S.A.R S.A.S
      S.E S.M S.M.I.R S.S SS
    `,
    references: `
      ann art cf ch.-l chap env ex fasc fig fém ibid id inf loc.cit masc N.B N.D.A N.D.L.R N.D.T n/réf p.c.c P.S
      pl pp sect sing sq sqq suiv sup suppl vol
    `,
    phrases: `
      A.C.N A.M al apr auj av B.P boul c.-à-d C.N C.N.S C.P.I C.Q.F.D C.S ca contr dir e.g E.V etc fr hab i.e L.D
      lib ms N.P.A.I p.ex p.j R.-V R.A.S sec T.S.V.P tél vb vs X.O Z.I éd
    `,
  },
};

export const es: PrefixTable = {
  letters: LATIN,
  always: {
    titles: `
      afmo Da Dn Dr Dra Excmo Gral Lic N.B P.D Prof q.e.g.e q.e.s.m S.A.R S.E s.s.s Sr Sra Srta Sta Sto Ud Uds Vd
      Vds
    `,
    places: "~apdo ~av Bco CC.AA cta dcha EE.UU entlo esq FF.CC izq Rte",
    units: "c.f c.g cm kg km mg mm P.V.P ptas Pts",
    "phrases and references": `
      A.C a/c adj admón c cap Dep doc ej etc f.c grs J.C Let nÃºm núm p p.a p.ej pág págs pÃ¡gs s S.A S.L S.R.C
      T.V.E Tel V.B V.E vid vol
    `,
    spaced: "Fil_ gr_ pÃ¡g_",
  },
};

export const it: PrefixTable = {
  letters: LATIN,
  always: {
    titles_en: englishTitles,
    titles: `
      Amn_ Arch_ Avv ~dott Drs Egr Geom Hr Ing lett Mo Mons Rag RP Sig Sigg Spett
    `,
    companies: "banc Co corr fatt int on S.A S.B.F S.p.A S.P.M S.r.l Soc",
    "letters and notes": `
      Bcc c.a C.A.P c.c.p c.m C.P c.p c.s c.v Cc e.p.c Id N.B p.c p.c.c p.es p.f p.r P.S P.T p.v Rif RSVP s.n.c
      V.P
    `,
    phrases: `
      acc e.g ecc gg i.e Nos Nr ogg post racc rev ric seg sgg ss tel u.s v v.r v.s vs
    `,
    spaced: "a.c_ all_ es_",
  },
  numericOnly: "Art No pp",
};

export const pt: PrefixTable = {
  letters: LATIN + LATIN_SMALL,
  always: {
    roman: ROMAN,
    titles: `
      ~adj ~adm ~adv Capt Cmdr ~col Comdr ~con ~corp ~cpl DR ~dr DRA ~dra ~dras ~drs ~eng ~enga ~engas ~engos ~ex
      ~exmo ~exo Gen Insp Lda Maj MM MR MRS Mrs MS Ms Msgr Ord Pfc Ph ~prof Pvt Rep Reps Res Rev Rt Sen Sens Sfc
      Sgt ~sr ~sra ~sras ~srs ~sto Supt Surg
    `,
    "phrases and references": "art Ca cit e.g ~fig Hosp i.e Nos Nr ~op rev vs",
  },
  numericOnly: "Art No p pp",
};

export const tdt: PrefixTable = { ...pt, numericOnly: `${pt.numericOnly} Nu` };

export const ca: PrefixTable = {
  letters: LATIN,
  always: {
    titles: "adm admdor admdora Dr Dra Emm Excma Prof Sr Sra St Sta",
    days: "dc dg dj dl ds dt dv",
    companies: "dept dir S.A S.L",
    "phrases and references": `
      al angl aprox av c ca cast ed entl espf esq fra i.e maj màx n nre núm p p.e pl pta ptes pàg smin tel
    `,
  },
};

export const ro: PrefixTable = {
  letters: LATIN,
  always: {
    titles: "~d-na ~dl ~dvs M.Ap.N",
    phrases: "dpdv etc ~pt șamd",
  },
};
