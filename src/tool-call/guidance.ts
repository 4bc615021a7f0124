/** A message for the model beside a result, and who says it. */
export interface Guidance {
  readonly from: "hook" | "approval";
  readonly text: string;
}
