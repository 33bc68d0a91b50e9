/** Letters and words that several languages share. */
export const LATIN = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
export const LATIN_SMALL = LATIN.toLowerCase();
/** The Latin letters as Latvian and Lithuanian have them. */
export const BALTIC = "AĀBCČDEĒFGĢHIĪJKĶLĻMNŅOPQRSŠTUŪVWXYZŽ";

/** 1 to 20. */
const roman = "I II III IV V VI VII VIII IX X XI XII XIII XIV XV XVI XVII XVIII XIX XX";
export const ROMAN = `${roman} ${roman.toLowerCase()}`;

export const ONE_TO_99 = Array.from({ length: 99 }, (_, i) => i + 1).join(" ");

/** Titles and ranks of the English table, which other tables took over. */
export const englishTitles = `
  Adj Adm Adv Asst Bart Bldg Brig Bros Capt Cmdr Col Comdr Con Corp Cpl DR Dr Ens Gen Gov Hon Hosp Insp Lt Maj
  Messrs Mlle MM Mme MR Mr MRS Mrs MS Ms Msgr Op Ord Pfc Ph Prof Pvt Rep Reps Res Rev Rt Sen Sens Sfc Sgt Sr St
  Supt Surg
`;
