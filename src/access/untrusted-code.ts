/** Whether code in an untrusted language can leave the database: what it imports and calls. */
import type { Routine } from "../catalog/model.ts";

const PYTHON = /^plpython[23]?u$/;
const PERL = /^plperlu$/;

/** Modules that compute and nothing else. */
const PYTHON_MODULES: ReadonlySet<string> = new Set(
  `base64 binascii bisect calendar cmath collections colorsys copy dataclasses datetime decimal difflib enum fractions functools
  hashlib heapq hmac html ipaddress itertools json math numbers operator plpy random re secrets statistics string struct textwrap
  time typing unicodedata uuid __future__`.split(/\s+/),
);

/** Ways to files, programs, the network, or to code that is not written here. */
const PYTHON_DOORS =
  /\b(?:open|file|input|eval|exec|execfile|compile|breakpoint|help|importlib|builtins|getattr|setattr|globals|locals|vars|os|sys|subprocess|socket|ctypes|pickle)\b|__(?!future__|init__|name__|main__)\w+__|\b(?:co_|f_|func_|gi_)\w+/;

const PERL_MODULES: ReadonlySet<string> = new Set(
  `strict warnings utf8 vars integer constant feature bigint bignum bytes overload Carp Encode JSON JSON::PP JSON::XS List::Util
  List::MoreUtils MIME::Base32 MIME::Base64 Scalar::Util Digest::MD5 Digest::SHA Math::BigInt Math::BigFloat Math::Trig
  Time::Local Text::ParseWords Text::Wrap Text::Abbrev Text::Levenshtein Text::Levenshtein::XS Text::Levenshtein::Damerau
  Text::Levenshtein::Damerau::XS Unicode::Normalize Unicode::UCD URI::Escape UUID::Tiny Tie::IxHash`.split(
    /\s+/,
  ),
);

const PERL_DOORS =
  /`|\bqx\b|\b(?:system|exec|fork|syscall|sysopen|open|opendir|readpipe|socket|connect|unlink|rename|mkdir|rmdir|chmod|chown|chdir|chroot|symlink|link|readlink|glob|require|dump|kill|truncate|utime|ENV|INC|STDIN|stat|lstat)\b|\b(?:do|eval)\b(?!\s*\{)|<\s*[$*\w]*\s*>|\{\^|&\s*\{|&\s*\$|->\s*[$(]|(?:^|[\s(!])-[defrswxz]\s+["'$]|[}/)\]|!#~,][a-df-z]*e[a-df-z]*e[a-z]*\b\s*[;)]/;

/**
 * Whether the code only computes, as far as it can be told: it imports nothing but modules that do, and names no way out. False for
 * other languages, and whenever there is doubt.
 */
export function onlyComputes(language: string, code: string): boolean {
  if (PYTHON.test(language)) return pythonOnlyComputes(code);
  if (PERL.test(language)) return perlOnlyComputes(code);
  return false;
}

/** Symbols of the built-in functions that initdb keeps from PUBLIC, of PostgreSQL 12 to 18: files, backup, WAL, origins, statistics. */
const KEPT_BUILTIN =
  /^(?:be_lo_(?:import|export)\w*|show_all_file_settings|pg_(?:(?:ls|read_(?:binary_)?file|stat_file|stat_reset|backup|start_backup|stop_backup|replication_origin|rotate_logfile|current_logfile|wal_replay|xlog_replay)(?:_\w+)?|log_(?:backend|standby)\w+|config|create_restore_point|get_(?:aios|backend_memory_contexts|shmem_allocations\w*)|(?:hba_file|ident_file)_\w+|promote|reload_conf|show_replication_origin_status|stat_have_stats|switch_(?:wal|xlog)))$/;

/** Whether a routine is another name of a built-in function that PUBLIC may execute under its own. */
export function isOpenBuiltin({ language, source }: Pick<Routine, "language" | "source">): boolean {
  return (
    language === "internal" &&
    source.kind === "none" &&
    source.symbol !== undefined &&
    !KEPT_BUILTIN.test(source.symbol)
  );
}

function pythonOnlyComputes(code: string): boolean {
  const text = code.replace(/#[^\r\n]*/g, "");
  // Every import, wherever it stands; `from` alone is also a word of SQL.
  for (const [, from, list = ""] of text.matchAll(/(?:\bfrom\s+([\w.]+)\s+)?\bimport\b([^\r\n;]*)/g)) {
    const modules = from === undefined ? list.split(",") : [from];
    if (modules.some((one) => !PYTHON_MODULES.has(/^\s*(\w+)/.exec(one)?.[1] ?? ""))) return false;
  }
  return !PYTHON_DOORS.test(text);
}

function perlOnlyComputes(code: string): boolean {
  const text = code.replace(/(^|\s)#[^\r\n]*/g, "$1");
  for (const [, module = ""] of text.matchAll(/\b(?:use|no)\s+([A-Za-z_][\w:]*)/g)) {
    if (!PERL_MODULES.has(module)) return false;
  }
  return !PERL_DOORS.test(text);
}
