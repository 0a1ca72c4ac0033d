import { processIo } from "./io.ts";
import { errorText, run } from "./run.ts";

const io = processIo();

// Node would exit with 1, which means findings.
process.on("uncaughtException", (error) => {
  io.stderr.write(errorText(error));
  process.exitCode = 2;
});

// The code is set, not exited with: what was written may still be on its way.
run(process.argv.slice(2), io).then((code) => {
  process.exitCode = Math.max(code, Number(process.exitCode ?? 0));
});
