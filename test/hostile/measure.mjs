// Loaded before the command (`node --import`): tells at its end, on a pipe of its own, what it took.
import { writeSync } from "node:fs";

process.on("exit", () => {
  const { user, system } = process.cpuUsage();
  const elapsed = performance.now() / 1000;
  const megabytes = process.resourceUsage().maxRSS / 1024;
  writeSync(3, JSON.stringify({ elapsed, processor: (user + system) / 1e6, megabytes }));
});
