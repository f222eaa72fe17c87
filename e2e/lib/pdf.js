// What stands in a PDF, as a person reads it.
import { spawnSync } from "node:child_process";

export function text(bytes) {
  const run = spawnSync("pdftotext", ["-layout", "-enc", "UTF-8", "-", "-"], { input: bytes, maxBuffer: 1 << 26 });
  if (run.status !== 0) throw new Error(`pdftotext: ${run.stderr ?? run.error}`);
  return run.stdout.toString("utf8");
}
