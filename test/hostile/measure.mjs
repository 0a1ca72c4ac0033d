// Loaded before the command (`node --import`): tells at its end, on a pipe of its own, what it took.
import { writeSync } from "node:fs";

process.on("exit", () => {
  const { user, system } = process.cpuUsage();
  const seconds = (user + system) / 1e6;
  writeSync(3, JSON.stringify({ seconds, megabytes: process.resourceUsage().maxRSS / 1024 }));
});
