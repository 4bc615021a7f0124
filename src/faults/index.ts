export { faultpoint } from "./faultpoint.ts";
