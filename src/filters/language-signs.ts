/** "Ignore all previous instructions" in other languages. Their letters know no `\b`. */
export const LANGUAGE_SIGNS = [
  /\b(?:ignorier|vergiss|missachte)\w{0,3}\b[^.\n]{0,40}(?:anweisung|regel|instruktion|vorgabe)/i,
  /(?:\bignor[ae]\w{0,3}|\bolvid\w{1,4}|\besque[çc]\w{1,3}|\bdimentic\w{1,4}|\boubli\w{1,4})[^.\n]{0,40}(?:instru[cç]\S{2,8}|istruzioni|consignes|reglas|regole|regras)[^.\n]{0,20}(?:anterior|previas|precedenti|pr[ée]c[ée]dent)/i,
  /\b(?:vergiss|ignorier\w{0,3}) deine (?:anweisung|regel|instruktion)/i,
  /\b(?:ignor[ae]\w{0,3}|olvida|dimentica|oublie\w{0,2}) (?:todas |tus|toutes |tes|tutte |le tue|les|las|le)[^.\n]{0,15}(?:instruc|reglas|r[èe]gles|regole|istruzioni|consignes)/i,
  /\bnegeer\b[^.\n]{0,40}(?:instructies|regels|opdrachten)/i,
  /\b(?:z?ignoruj|pomi[nń])\S{0,3}[^.\n]{0,40}(?:instrukcj|polece|zasad)/i,
  /(?:talimat|komut|kural)\S{0,6}[^.\n]{0,20}(?:yok say|görmezden gel|unut)/i,
  /(?:игнорируй|забудь|не обращай внимания)\S{0,3}[^.\n]{0,40}(?:инструкци|указани|правил)/i,
  /(?:忽略|无视|忘记|無視|忽視|忘記)[^。\n]{0,20}(?:指令|指示|提示|规则|規則|说明|說明)/,
  /(?:指示|命令|ルール|プロンプト)[^。\n]{0,10}(?:無視|忘れ)/,
  /(?:지시|명령|규칙)[^.\n]{0,10}(?:무시|잊)/,
].map((pattern) => ({ kind: "ignore_instructions", weight: 0.7, pattern }));
