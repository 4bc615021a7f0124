/** The vendor's name, as it stands in histories and in the catalogue. */
export const PROVIDER = "ollama";
