/** Structured output: any Standard Schema. An answer that does not fit goes back to the model with what is wrong. */
import { run } from "harness-agent";
import { scriptedModel } from "harness-agent/testing";
import { z } from "zod";

const Ticket = z.object({ title: z.string(), severity: z.enum(["low", "high"]), files: z.array(z.string()) });

const model = scriptedModel([
  '{ "title": "Sum subtracts", "severity": "terrible", "files": ["sum.js"] }',
  '{ "title": "Sum subtracts", "severity": "high", "files": ["sum.js"] }',
]);

const ticket = await run("File a ticket for the bug", { model, outputSchema: Ticket, tools: [], audit: false }).output<
  z.infer<typeof Ticket>
>();
console.log(`${ticket.severity}: ${ticket.title} (${ticket.files.join(", ")})`);
