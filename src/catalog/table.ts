/** A table of the catalog: records by oid, what they are looked up by, and what an open transaction takes back. */
import type { Oid } from "./model.ts";

interface Row {
  readonly oid: Oid;
}

/** Puts back what a table held before a change. */
type Step = () => void;

export interface Journal {
  /** What the open transaction or statement changed, oldest first; null outside of one. */
  steps: Step[] | null;
  /** How many records were written or removed so far: while it stays, what was derived from the tables holds. */
  changes: number;
  /** Whom the tables tell what is read; null: nobody. */
  watcher: Watcher | null;
}

/** Sees which records are read. */
interface Watcher {
  /** All records of a table, one by one. */
  each<T>(records: IterableIterator<T>): IterableIterator<T>;
  /** A record found by one of its keys. */
  found(record: unknown): void;
}

/** Takes back all steps after the first `mark`, newest first. */
export function undoTo(journal: Journal, mark: number): void {
  const { steps } = journal;
  if (steps === null) return;
  // Undo steps write through the same tables, so the journal must not see them.
  journal.steps = null;
  for (let i = steps.length - 1; i >= mark; i--) steps[i]?.();
  steps.length = mark;
  journal.steps = steps;
}

/** What has one key: most keys have one record, or a few, for which a set is much. */
type Oids = Oid | Oid[] | Set<Oid>;

const FEW = 8;

type Entries<K> = Map<K, Oids>;

function enter<K>(entries: Entries<K>, key: K, oid: Oid): void {
  const oids = entries.get(key);
  if (oids === undefined) entries.set(key, oid);
  else if (typeof oids === "number") entries.set(key, [oids, oid]);
  else if (oids instanceof Set) oids.add(oid);
  else if (oids.length < FEW) oids.push(oid);
  else entries.set(key, new Set(oids).add(oid));
}

function strike<K>(entries: Entries<K>, key: K, oid: Oid): void {
  const oids = entries.get(key);
  if (oids === undefined) return;
  if (typeof oids === "number") {
    if (oids === oid) entries.delete(key);
  } else if (oids instanceof Set) {
    oids.delete(oid);
    if (oids.size === 0) entries.delete(key);
  } else {
    const at = oids.indexOf(oid);
    if (at >= 0) oids.splice(at, 1);
    if (oids.length === 0) entries.delete(key);
  }
}

const NONE: readonly never[] = [];

/** The records of one table. */
class Records<T extends Row> {
  readonly byOid = new Map<Oid, T>();
  readonly journal: Journal;

  constructor(journal: Journal) {
    this.journal = journal;
  }

  first(oids: Oids | undefined): T | undefined {
    if (oids === undefined) return undefined;
    if (typeof oids === "number") return this.#read(oids);
    for (const oid of oids) return this.#read(oid);
    return undefined;
  }

  /** The first `most`, in the order in which they got the key. */
  all(oids: Oids | undefined, most: number): readonly T[] {
    if (oids === undefined) return NONE;
    const found: T[] = [];
    for (const oid of typeof oids === "number" ? [oids] : oids) {
      if (found.length >= most) break;
      const record = this.#read(oid);
      if (record !== undefined) found.push(record);
    }
    return found;
  }

  #read(oid: Oid): T | undefined {
    const record = this.byOid.get(oid);
    if (record !== undefined) this.journal.watcher?.found(record);
    return record;
  }
}

/** What a table keeps up to date beside its records. Keys that a change leaves alone cost nothing but looking at them. */
interface Index<T> {
  add(record: T): void;
  remove(record: T): void;
  /** The record that takes the place of another one of its oid. */
  replace(before: T, record: T): void;
}

/** Records by one key each; null: the record is not looked up by it. */
export class KeyIndex<T extends Row, K extends string | number> implements Index<T> {
  readonly #records: Records<T>;
  readonly #keyOf: (record: T) => K | null;
  readonly #entries: Entries<K> = new Map();

  constructor(records: Records<T>, keyOf: (record: T) => K | null) {
    this.#records = records;
    this.#keyOf = keyOf;
  }

  first(key: K): T | undefined {
    return this.#records.first(this.#entries.get(key));
  }

  has(key: K): boolean {
    return this.first(key) !== undefined;
  }

  all(key: K, most = Number.POSITIVE_INFINITY): readonly T[] {
    return this.#records.all(this.#entries.get(key), most);
  }

  add(record: T): void {
    const key = this.#keyOf(record);
    if (key !== null) enter(this.#entries, key, record.oid);
  }

  remove(record: T): void {
    const key = this.#keyOf(record);
    if (key !== null) strike(this.#entries, key, record.oid);
  }

  replace(before: T, record: T): void {
    if (this.#keyOf(before) === this.#keyOf(record)) return;
    this.remove(before);
    this.add(record);
  }
}

/** Records by any of several oids: the parents of a table. */
export class EachIndex<T extends Row> implements Index<T> {
  readonly #records: Records<T>;
  readonly #keysOf: (record: T) => readonly Oid[];
  readonly #entries: Entries<Oid> = new Map();

  constructor(records: Records<T>, keysOf: (record: T) => readonly Oid[]) {
    this.#records = records;
    this.#keysOf = keysOf;
  }

  has(key: Oid): boolean {
    return this.#records.first(this.#entries.get(key)) !== undefined;
  }

  all(key: Oid, most = Number.POSITIVE_INFINITY): readonly T[] {
    return this.#records.all(this.#entries.get(key), most);
  }

  add(record: T): void {
    for (const key of this.#keysOf(record)) enter(this.#entries, key, record.oid);
  }

  remove(record: T): void {
    for (const key of this.#keysOf(record)) strike(this.#entries, key, record.oid);
  }

  replace(before: T, record: T): void {
    const old = this.#keysOf(before);
    const keys = this.#keysOf(record);
    if (old === keys || (old.length === keys.length && old.every((key, i) => key === keys[i]))) return;
    this.remove(before);
    this.add(record);
  }
}

/** Records by what they are part of and their key in it: the names in a schema, the policies of a table. */
export class MemberIndex<T extends Row, K extends string | number> implements Index<T> {
  readonly #records: Records<T>;
  readonly #ownerOf: (record: T) => Oid;
  readonly #keyOf: (record: T) => K;
  readonly #owners = new Map<Oid, Entries<K>>();

  constructor(records: Records<T>, ownerOf: (record: T) => Oid, keyOf: (record: T) => K) {
    this.#records = records;
    this.#ownerOf = ownerOf;
    this.#keyOf = keyOf;
  }

  first(owner: Oid, key: K): T | undefined {
    return this.#records.first(this.#owners.get(owner)?.get(key));
  }

  has(owner: Oid, key: K): boolean {
    return this.first(owner, key) !== undefined;
  }

  all(owner: Oid, key: K, most = Number.POSITIVE_INFINITY): readonly T[] {
    return this.#records.all(this.#owners.get(owner)?.get(key), most);
  }

  add(record: T): void {
    const owner = this.#ownerOf(record);
    let entries = this.#owners.get(owner);
    if (entries === undefined) {
      entries = new Map();
      this.#owners.set(owner, entries);
    }
    enter(entries, this.#keyOf(record), record.oid);
  }

  remove(record: T): void {
    const owner = this.#ownerOf(record);
    const entries = this.#owners.get(owner);
    if (entries === undefined) return;
    strike(entries, this.#keyOf(record), record.oid);
    if (entries.size === 0) this.#owners.delete(owner);
  }

  replace(before: T, record: T): void {
    if (this.#ownerOf(before) === this.#ownerOf(record) && this.#keyOf(before) === this.#keyOf(record))
      return;
    this.remove(before);
    this.add(record);
  }
}

export type Indexes<T> = Readonly<Record<string, Index<T>>>;

/** Makes the indexes of a table. */
export interface IndexMaker<T extends Row> {
  key<K extends string | number>(keyOf: (record: T) => K | null): KeyIndex<T, K>;
  each(keysOf: (record: T) => readonly Oid[]): EachIndex<T>;
  member<K extends string | number>(ownerOf: (record: T) => Oid, keyOf: (record: T) => K): MemberIndex<T, K>;
}

/** Records by oid, with look-up by keys and undo. Iteration is in order of creation. */
export class Table<T extends Row, I extends Indexes<T> = Indexes<T>> {
  /** What records are looked up by. */
  readonly by: I;
  /** How many of its records were written or removed so far. */
  changes = 0;
  readonly #byOid: Map<Oid, T>;
  readonly #indexes: readonly Index<T>[];
  readonly #journal: Journal;

  constructor(journal: Journal, define: (index: IndexMaker<T>) => I) {
    const records = new Records<T>(journal);
    this.#byOid = records.byOid;
    this.#journal = journal;
    this.by = define({
      key: (keyOf) => new KeyIndex(records, keyOf),
      each: (keysOf) => new EachIndex(records, keysOf),
      member: (ownerOf, keyOf) => new MemberIndex(records, ownerOf, keyOf),
    });
    this.#indexes = Object.values(this.by);
  }

  get(oid: Oid): T | undefined {
    return this.#byOid.get(oid);
  }

  get size(): number {
    return this.#byOid.size;
  }

  all(): IterableIterator<T> {
    const records = this.#byOid.values();
    return this.#journal.watcher?.each(records) ?? records;
  }

  put(record: T): T {
    const before = this.#byOid.get(record.oid);
    this.#journal.steps?.push(() => {
      if (before === undefined) this.#remove(record.oid);
      else this.#write(before);
    });
    this.#write(record);
    return record;
  }

  delete(oid: Oid): void {
    const before = this.#byOid.get(oid);
    if (before === undefined) return;
    this.#journal.steps?.push(() => this.#write(before));
    this.#remove(oid);
  }

  #write(record: T): void {
    const before = this.#byOid.get(record.oid);
    this.changes++;
    this.#journal.changes++;
    this.#byOid.set(record.oid, record);
    if (before === undefined) for (const index of this.#indexes) index.add(record);
    else for (const index of this.#indexes) index.replace(before, record);
  }

  #remove(oid: Oid): void {
    const record = this.#byOid.get(oid);
    if (record === undefined) return;
    this.changes++;
    this.#journal.changes++;
    this.#byOid.delete(oid);
    for (const index of this.#indexes) index.remove(record);
  }
}
