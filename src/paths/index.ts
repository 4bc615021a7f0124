export { pathForms, type PathForms, type PathOptions, type PathPlace } from "./path-forms.ts";
export { realPath } from "./real-path.ts";
