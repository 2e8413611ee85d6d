// Types of js/kernel_cache.js.

/** Where kernel files are kept; any host may supply one. Entries may disappear at any time. */
export interface KernelStore {
  get(key: string): Promise<Uint8Array | undefined>;
  put(key: string, bytes: Uint8Array): Promise<void>;
}

export interface ClearableKernelStore extends KernelStore {
  clear(): Promise<void>;
}

/** In a database of the browser. Throws a ReferenceError where there is no indexedDB. */
export function indexedDbStore(options?: {
  /** Of the database; 'mejit' if not given. */
  name?: string;
  /** Entries used longest ago make room; 64 MiB if not given. */
  maxBytes?: number;
  indexedDB?: IDBFactory;
}): ClearableKernelStore;

/**
 * In a directory of the file system, for Node. Entries are code: where the platform has user ids, get and put
 * reject unless the directory, and the file of an entry, belong to this user, the directory with mode 0700. It
 * is made so when it does not exist.
 */
export function directoryStore(
  path: string, options?: { maxBytes?: number }): ClearableKernelStore;

declare global {
  /** Set when the file runs as a plain script. */
  var mejitKernelCache: {
    indexedDbStore: typeof indexedDbStore;
    directoryStore: typeof directoryStore;
  };
}
