// Resident registration numbers in what somebody types: hidden before it is kept in the browser or becomes part of an address.
// The rule is that of centre120/resident_numbers.py; the server masks again, and is the one that decides.

const DAYS = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
const UNSEEN = "[\\u00ad\\u200b-\\u200f\\u2060\\ufeff]";
const DIGIT = `\\p{Nd}${UNSEEN}*`;
const BETWEEN = `[\\s\\-\\u2010-\\u2015\\u2212\\uff0d\\uff5e~_.·・,/:\\u00ad\\u200b-\\u200f\\u2060\\ufeff]{0,3}`;
const NUMBER = new RegExp(`(?<!\\p{Nd})(?:${DIGIT}){6}${BETWEEN}\\p{Nd}(?:${UNSEEN}*\\p{Nd}){6}(?!\\p{Nd})`, "gu");

/** The value of a digit of any script: blocks of Nd are ten in a row, and begin where NFKC or the block says. */
function value(sign) {
  const plain = sign.normalize("NFKC");
  if (plain >= "0" && plain <= "9") return plain;
  let first = sign.codePointAt(0);
  while (/\p{Nd}/u.test(String.fromCodePoint(first - 1)) && sign.codePointAt(0) - first < 9) first -= 1;
  return String(sign.codePointAt(0) - first);
}

function masked(found) {
  const digits = [...found].filter((sign) => /\p{Nd}/u.test(sign)).map(value).join("");
  const [month, day] = [Number(digits.slice(2, 4)), Number(digits.slice(4, 6))];
  const born = "12345678".includes(digits[6]) && month >= 1 && month <= 12 && day >= 1 && day <= DAYS[month - 1];
  return born ? `${digits.slice(0, 6)}-${digits[6]}******` : found;
}

export function maskNumbers(text) {
  return text.replace(NUMBER, masked);
}
