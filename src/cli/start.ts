#!/usr/bin/env node
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { useCodeCache } from "./code-cache.ts";

useCodeCache(dirname(fileURLToPath(import.meta.url)));
import("./main.ts");
