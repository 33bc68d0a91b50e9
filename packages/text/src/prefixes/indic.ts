/** Languages of India: mostly the names of the Latin letters, and consonants standing alone. */
import type { PrefixTable } from "./table.js";
const bengaliNames = `
  আম আর ই ইউ এ এইচ এক্স এন এফ এম এল এস ওয়াই কিউ কে জি জে জেড টি ডব্লু ডি পি বি ভি_ সি হে
`;

export const bn: PrefixTable = {
  always: {
    titles: "ড",
    "names of letters": bengaliNames,
  },
};

export const mni: PrefixTable = {
  always: {
    titles: "দা",
    "names of letters": bengaliNames,
  },
};

export const gu: PrefixTable = {
  letters: "ઇએઓકખગઘઙચછજઝઞટઠડઢણતથદધનપફબભમયરલળવશષસહ",
  always: {
    titles: "ડૉ ડો રૂ શ્રી",
    "names of letters": `
      આઈ આર એક્સ એચ એન એફ એમ એલ એસ કે ક્યૂ જી જે ઝેડ ટી ડબલ્યુ ડી પી બી યુ વાય વી સી
    `,
  },
};

export const mr: PrefixTable = {
  letters: "ईएऐओकखगघङचछजझञटठडढणतथदधनपफबभमयरलवशषसह",
  always: {
    titles: "डा डॉ रु श्री",
    "names of letters": `
      आइ आर एक्स एच एन एफ एम एल एस ऐक्स ऐच ऐन ऐफ ऐम ऐल ऐस के क्यू ज़ैड जी जे टी डब्ल्यू डी पी बी यू वाई वाय वी सी
    `,
  },
};

export const hi: PrefixTable = { ...mr, always: { ...mr.always, words: "टीवी" } };

export const kn: PrefixTable = {
  letters: "ಇಎಐಒ",
  always: {
    titles: "ಡಾ ರೂ ಶ್ರೀ",
    "names of letters": `
      ಆರ್ ಎಂ ಎಕ್ಸ್ ಎಚ್\u200c ಎನ್ ಎಫ್ ಎಲ್ ಎಸ್ ಕೆ ಕ್ಯೂ ಜಿ ಜೆ ಜೆಡ್ ಟಿ ಡಬ್ಲ್ಯೂ ಡಿ ಪಿ ಬಿ ಯು ವಿ ವೈ ಸಿ ಹೆಚ್
    `,
  },
};

export const ml: PrefixTable = {
  letters: "ഇഎഐഒ",
  always: {
    titles: "ഡോ ശ്രീ",
    "names of letters": `
      ആർ എം എക്സ് എച്ച് എഫ് എസ് എൻ എൽ കെ ക്യൂ ജി ജെ ടി ഡബ്ല്യു ഡി പി_ ബി യു വി വൈ സി സെഡ്
    `,
  },
};

export const or: PrefixTable = {
  letters: "କଖଗଘଙଚଛଜଝଞଟଠଡଢଣତଥଦଧନପଫବଭମଯରଲଳଵଶଷସହୟୱ",
  always: {
    titles: "ରୀ",
  },
};

export const pa: PrefixTable = {
  letters: "ਈਏਓਕਖਗਘਙਚਛਜਝਞਟਠਡਢਣਤਥਦਧਨਪਫਬਭਮਯਰਲਵਸਹੜ",
  always: {
    titles: "ਡਾ ਪ੍ਰੋ ਸ੍ਰੀ",
    "names of letters": `
      ਆਈ ਆਰ ਐਕ੍ਸ ਐਚ ਐਲ ਐੱਨ ਐੱਫ ਐੱਮ ਐੱਸ ਕੀਓ ਕੇ ਜੀ ਜੇ ਟੀ ਡਬਲਿਊ ਡੀ ਪੀ ਬੀ ਯੂ ਵਾਈ ਵੀ ਸੀ ਜ਼ੈਡ
    `,
  },
};

export const ta: PrefixTable = {
  letters: "ஈஏஐஓ",
  always: {
    titles: "திரு ர ூ",
    "names of letters": `
      ஆர் எஃப் எக்ஸ் எச் என் எம் எல் எஸ் கியூ கே சீ செட் ஜீ ஜே ஜை டபிள்-யூ டீ ட்டீ பீ ப்பீ யூ வீ வை ஹெச்
    `,
  },
};

export const te: PrefixTable = {
  letters: "ఇఎఐఓ",
  always: {
    titles: "ర శ్రీ ూ",
    "names of letters": `
      ఆర్ ఎం ఎక్స్ ఎన్ ఎఫ్ ఎమ్ ఎల్ ఎస్ కె క్యూ జి జె జెడ్ టి డబ్ల్యూ డి పి బి యు వి వై సి హెచ్\u200c
    `,
  },
};
