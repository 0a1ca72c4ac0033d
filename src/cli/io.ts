import { writeFileSync } from "node:fs";

/** What a run knows of the outside: replaced in tests. */
export interface Io {
  readonly stdout: Output;
  readonly stderr: Output;
  readonly env: Environment;
  /** Absolute. */
  readonly cwd: string;
  readStdin(): Promise<Buffer>;
  /** Writes a file, relative to `cwd`; throws what the file system throws. */
  writeFile(path: string, text: string): void;
}

/** The environment variables that count. */
export interface Environment {
  readonly NO_COLOR?: string | undefined;
  readonly FORCE_COLOR?: string | undefined;
  readonly TERM?: string | undefined;
  readonly CI?: string | undefined;
  readonly GITHUB_ACTIONS?: string | undefined;
  readonly PGVET_CACHE_DIR?: string | undefined;
  readonly XDG_CACHE_HOME?: string | undefined;
  readonly HOME?: string | undefined;
  readonly LOCALAPPDATA?: string | undefined;
}

export interface Output {
  write(text: string): void;
  readonly isTTY: boolean;
  /** Columns of the terminal; null when it is none. */
  readonly columns: number | null;
}

/** The process's own input and output. A reader that closes the pipe early is no error. */
export function processIo(): Io {
  return {
    stdout: outputOf(process.stdout),
    stderr: outputOf(process.stderr),
    env: process.env,
    cwd: process.cwd(),
    async readStdin() {
      const chunks: Buffer[] = [];
      for await (const chunk of process.stdin) chunks.push(Buffer.from(chunk));
      return Buffer.concat(chunks);
    },
    writeFile: (path, text) => writeFileSync(path, text),
  };
}

function outputOf(stream: NodeJS.WriteStream): Output {
  stream.on("error", (error: NodeJS.ErrnoException) => {
    // The output did not arrive, and only the exit code is left to say so.
    if (error.code !== "EPIPE") process.exitCode = 2;
  });
  const isTTY = stream.isTTY === true;
  return {
    write: (text) => {
      if (text !== "") stream.write(text);
    },
    isTTY,
    columns: isTTY && stream.columns > 0 ? stream.columns : null,
  };
}
