/** Finnish, Estonian and Hungarian. */
import type { PrefixTable } from "./table.js";
import { LATIN } from "./shared.js";

export const fi: PrefixTable = {
  letters: LATIN + "ÅÄÖ",
  always: {
    phrases: "e.g ent esim huom i.e ilm nk nyk par po",
    "units and times": "jatk l mm myöh t v",
    titles: `
      alik alil amir apul apul.prof arkkit ass assist dipl dipl.arkkit dipl.ekon dipl.ins dipl.kielenk
      dipl.kirjeenv dipl.kosm dipl.urk dos erikoiseläinl erikoishammasl erikoisl erikoist ev.luutn evp fil ft
      hallinton hallintot hammaslääket jääk kansaned kapt kapt.luutn kenr kenr.luutn kenr.maj kers kirjeenv kom
      kom.kapt komm konst korpr luutn M.Sc maist maj Mr Mrs Ms neuv nimim Ph.D prof puh.joht pääll res san siht
      suom sähköp säv toht toim toim.apul toim.joht toim.siht tuom ups vänr vääp ye.ups ylik ylil ylim ylimatr
      yliop yliopp ylip yliv
    `,
  },
};

export const hu: PrefixTable = {
  letters: LATIN + "ÁÉÍÓÖŐÚÜŰ",
  always: {
    titles: "~de ~dr ~du ~prof St Szt",
    phrases: "~ca ~kb ~max ~min ~pl ~vö ~ún",
  },
  numericOnly: `
    ~aug ~dec ~fax ~feb ~jan ~júl ~jún ~máj ~márc ~nov ~okt ~szept ~tel ~ápr
  `,
};
