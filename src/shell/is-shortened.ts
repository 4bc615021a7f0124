/** GNU programs take any beginning of a long option's name. */
export function isShortened(text: string, option: string): boolean {
  const name = text.split("=", 1)[0] ?? "";
  return name.length > 3 && option.startsWith(name);
}
