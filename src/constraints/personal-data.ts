import { isValidIBAN } from "ibantools";

const CARD = /(?<![\d.-])(?:\d[ -]?){12,18}\d(?![\d.-])/g;
const IBAN = /\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,4})?\b/g;
const ACCOUNT = /\b(?:account|acct|routing|sort[ -]?code|swift|bic)[\w .#:-]{0,20}?\b\d[\d -]{5,16}\d\b/i;
const SSN = /(?<!\d)(?!000|666|9\d\d)\d{3}-(?!00)\d{2}-(?!0000)\d{4}(?!\d)/;
const EMAIL = /\b[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,5}\b/g;
const PHONE = /(?<![\w.])\+\d{1,3}[ -]?(?:\(?\d{1,4}\)?[ -]?){2,5}\d{2,4}(?!\w)|\(\d{3}\) ?\d{3}-\d{4}/;
const BIRTH = /\b(?:dob|date of birth|birth ?date|born(?: on)?)\b[^\n]{0,20}?\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}/i;
const RECORD =
  /\b(?:mrn|medical record(?: (?:no|number))?|patient[ _-]?id|health plan(?: beneficiary)?(?: (?:no|number))?)\b\W{0,5}[A-Z]{0,3}\d{4,12}\b/i;
const NAMED_PATIENT = /\b(?:[Pp]atient|PATIENT|pt)(?:'s)?[ _-]?(?:name)?\b[":= ]{1,4}[A-Z][a-z]+ [A-Z][a-z]+/;
const HEALTH =
  /\b(?:diagnos(?:is|ed|es)|prescri(?:bed|ption)|symptoms?|treatment|medication|dosage|allerg(?:y|ies)|icd-?10|hiv|diabetes|cancer|depression|pregnan(?:t|cy)|blood pressure|lab results?|patient|clinical)\b|\b[A-TV-Z]\d{2}\.\d{1,3}\b/i;

/** Numbers of payment cards and bank accounts in a text, by their check digits or the word before them. */
export function financialData(text: string): string | undefined {
  if (text.match(CARD)?.some((found) => isCard(found.replaceAll(/\D/g, ""))) === true) return "a card number";
  if (text.match(IBAN)?.some((found) => isValidIBAN(found.replaceAll(" ", ""))) === true)
    return "a bank account (IBAN)";
  return ACCOUNT.test(text) ? "an account number" : undefined;
}

/** What names one person: a social security number, birth date, record number, phone number. */
export function personalData(text: string): string | undefined {
  if (SSN.test(text)) return "a social security number";
  if (BIRTH.test(text)) return "a date of birth";
  if (PHONE.test(text)) return "a phone number";
  const addresses = new Set(
    text.match(EMAIL)?.filter((address) => !/^(?:noreply|no-reply|git|support|info)@|@example\./i.test(address)),
  );
  return addresses.size >= 3 ? `${addresses.size} e-mail addresses` : undefined;
}

/** Health data of a person: something medical together with something that names who it is about. */
export function healthData(text: string): string | undefined {
  if (RECORD.test(text)) return "a medical record number";
  if (!HEALTH.test(text)) return undefined;
  if (NAMED_PATIENT.test(text)) return "a patient's name with health data";
  const person = personalData(text);
  return person === undefined ? undefined : `${person} with health data`;
}

/** Length, first digits and check digit (Luhn) of a payment card. */
function isCard(digits: string): boolean {
  if (
    !/^(?:4\d{12}(?:\d{3}){0,2}|5[1-5]\d{14}|2[2-7]\d{14}|3[47]\d{13}|3(?:0[0-5]|[68]\d)\d{11}|6(?:011|5\d\d)\d{12}|35\d{14})$/.test(
      digits,
    )
  )
    return false;
  let sum = 0;
  for (const [index, digit] of [...digits].toReversed().entries()) {
    const value = Number(digit) * (index % 2 === 0 ? 1 : 2);
    sum += value > 9 ? value - 9 : value;
  }
  return sum % 10 === 0;
}
