/** An instance of libpg-query: not part of its documented interface, so its version is pinned and its contract tested. */
export interface PgQueryModule {
  readonly HEAPU8: Uint8Array;
  readonly HEAPU32: Uint32Array;
  _malloc(size: number): number;
  _free(pointer: number): void;
  _wasm_parse_query_raw(sql: number): number;
  _wasm_free_parse_result(result: number): void;
  _wasm_parse_plpgsql(sql: number): number;
  _wasm_free_string(pointer: number): void;
}

/** What its factory, `libpg-query/wasm/libpg-query.js`, is told. */
export interface ModuleOptions {
  print?(text: string): void;
  printErr?(text: string): void;
  instantiateWasm?(
    imports: WebAssembly.Imports,
    done: (instance: WebAssembly.Instance, module: WebAssembly.Module) => void,
  ): object;
}
