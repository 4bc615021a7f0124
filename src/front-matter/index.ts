export { listNames, readDocument, readDocuments, type Document } from "./read-documents.ts";
export { readFrontMatter, type FrontMatter, type FrontMatterSetting } from "./read-front-matter.ts";
export { settingValues, type SettingValues } from "./setting-values.ts";
