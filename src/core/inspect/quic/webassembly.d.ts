/** The part of the WebAssembly interface in use: TypeScript declares it for browsers only. */
declare namespace WebAssembly {
  class Module {
    constructor(bytes: Uint8Array);
  }
  class Instance {
    constructor(module: Module);
    readonly exports: object;
  }
  class Memory {
    /** In pages of 64 KiB. Throws a RangeError where there is no address space for them. */
    constructor(size: { readonly initial: number });
  }
}
