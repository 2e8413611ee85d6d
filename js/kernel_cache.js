// Stores for kernel files: where compiled kernels stay between visits of a page or runs of a program.
//
// In:  keys (me_kernel_key: any text) and the bytes of kernel files.
// Out: { get(key), put(key, bytes), clear() }, all asynchronous. A host may supply any object with the
//      first two; here are two: a database of the browser, and a directory for Node.
//
//   const store = mejitKernelCache.indexedDbStore();
//   await store.put(key, file);
//   (await store.get(key))            // the same bytes, or undefined
//
// A store may lose entries at any time and need not tell damaged ones: a kernel file carries its own
// checksum, ABI and build, and one that does not fit is compiled anew (async_compile.js). When an entry
// is written and there are more bytes than `maxBytes`, those used longest ago go.
//
// Like the glue this is a plain script: it fills module.exports where there is a CommonJS `module`,
// else it sets globalThis.mejitKernelCache. Tests: tests/js/kernel_cache.test.mjs.
(function () {
  'use strict';

  const kMaxBytes = 64 * 1024 * 1024;
  const kAbandonedMs = 60 * 60 * 1000;  // nobody writes at one file for so long

  // The keys of the entries to remove, of [{ key, size, used }], so that at most 7/8 of maxBytes stay.
  function superfluous(entries, maxBytes) {
    let sum = entries.reduce((total, { size }) => total + size, 0);
    if (sum <= maxBytes) return [];
    const keys = [];
    for (const { key, size } of [...entries].sort((a, b) => a.used - b.used)) {
      if (sum <= maxBytes * 7 / 8) break;
      keys.push(key);
      sum -= size;
    }
    return keys;
  }

  // The result of an IDBRequest, or of a transaction's end. The error of a request comes by its
  // transaction before that one has an error of its own.
  const settled = (request, event) => new Promise((resolve, reject) => {
    request[event] = () => resolve(request.result);
    request.onerror = ({ target }) => reject(target.error || request.error);
    request.onabort = request.onerror;
    request.onblocked = () => reject(new Error('the database is in use by an older page'));
  });

  // Entries in two object stores: `files` by key, and their { key, size, used }.
  function indexedDbStore({ name = 'mejit', maxBytes = kMaxBytes, indexedDB } = {}) {
    const factory = indexedDB || globalThis.indexedDB;
    if (!factory) throw new ReferenceError('there is no indexedDB here');
    let opened = null;

    function database() {
      if (!opened) {
        const request = factory.open(name, 1);
        request.onupgradeneeded = () => {
          request.result.createObjectStore('files');
          request.result.createObjectStore('uses', { keyPath: 'key' });
        };
        opened = settled(request, 'onsuccess');
        opened.then((db) => {
          // Another page wants a newer version: let it, and open again when needed.
          db.onversionchange = () => { db.close(); opened = null; };
          db.onclose = () => { opened = null; };
        }, () => { opened = null; });
      }
      return opened;
    }

    // One transaction over both stores; resolves when it is complete.
    async function transaction(step) {
      const db = await database();
      const work = db.transaction(['files', 'uses'], 'readwrite');
      const done = settled(work, 'oncomplete');
      const result = step(work.objectStore('files'), work.objectStore('uses'));
      await done;
      return result;
    }

    let last = 0;
    const now = () => (last = Math.max(last + 0.001, Date.now()));  // a later call is later

    return {
      async get(key) {
        const request = await transaction((files, uses) => {
          const found = files.get(key);
          found.onsuccess = () => {
            if (found.result) uses.put({ key, size: found.result.length, used: now() });
          };
          return found;
        });
        return request.result instanceof Uint8Array ? request.result : undefined;
      },
      async put(key, bytes) {
        await transaction((files, uses) => {
          files.put(new Uint8Array(bytes), key);
          uses.put({ key, size: bytes.length, used: now() });
          const all = uses.getAll();
          all.onsuccess = () => {
            for (const old of superfluous(all.result, maxBytes)) {
              files.delete(old);
              uses.delete(old);
            }
          };
        });
      },
      async clear() {
        await transaction((files, uses) => { files.clear(); uses.clear(); });
      },
    };
  }

  // Files named after the SHA-256 of their keys. Written under another name and renamed, so that
  // several processes may share the directory.
  //
  // Entries are code. Where the platform has user ids, get and put reject unless the directory belongs
  // to this user with mode 0700 (it is made so), and get rejects an entry that is not a regular file of
  // this user.
  function directoryStore(path, { maxBytes = kMaxBytes } = {}) {
    const modules = Promise.all([
      import('node:fs/promises'), import('node:crypto'), import('node:path'), import('node:fs')]);
    const kSuffix = '.mejit.wasm';
    const kTemporary = /^[0-9a-f]{64}\.mejit\.wasm\.[0-9a-f-]{36}\.tmp$/;

    async function fileOf(key) {
      const [fs, crypto, { join }, sync] = await modules;
      const hash = crypto.createHash('sha256').update(key).digest('hex');
      return { fs, sync, crypto, join, file: join(path, hash + kSuffix) };
    }

    const isOwn = (status) => !process.geteuid || status.uid === process.geteuid();

    function checkDirectory(status) {
      if (process.geteuid && (!isOwn(status) || (status.mode & 0o077) !== 0)) {
        throw new Error(`${path}: the directory must belong to this user with mode 0700`);
      }
    }

    // The checks are of the file that is read, whatever its name stands for meanwhile; a pipe does not
    // make it wait. Not by promises: a few kilobytes are read in less time than one hop to another
    // thread takes, and an evaluation waits for them. The entry is the newest from now on.
    function readEntry(sync, file) {
      const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = sync.constants;  // some are undefined on Windows
      const fd = sync.openSync(file, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
      try {
        const status = sync.fstatSync(fd);
        if (!status.isFile() || !isOwn(status)) {
          throw new Error(`${file}: an entry must be a regular file of this user`);
        }
        const bytes = new Uint8Array(sync.readFileSync(fd));
        const now = new Date();
        try {
          sync.futimesSync(fd, now, now);
        } catch {
          // Where that is forbidden, it keeps its age.
        }
        return bytes;
      } finally {
        sync.closeSync(fd);
      }
    }

    // Temporary files that a killed process has left.
    async function removeAbandoned(fs, join, names) {
      for (const name of names.filter((n) => kTemporary.test(n))) {
        const status = await fs.lstat(join(path, name)).catch(() => null);  // gone meanwhile
        if (status && Date.now() - status.mtimeMs > kAbandonedMs) {
          await fs.rm(join(path, name), { force: true });
        }
      }
    }

    async function makeRoom(fs, join) {
      const names = await fs.readdir(path);
      await removeAbandoned(fs, join, names);
      const entries = [];
      for (const name of names.filter((n) => n.endsWith(kSuffix))) {
        const status = await fs.lstat(join(path, name)).catch(() => null);  // gone meanwhile
        if (status) entries.push({ key: name, size: status.size, used: status.mtimeMs });
      }
      for (const name of superfluous(entries, maxBytes)) {
        await fs.rm(join(path, name), { force: true });
      }
    }

    return {
      async get(key) {
        const { sync, file } = await fileOf(key);
        try {
          checkDirectory(sync.statSync(path));
          return readEntry(sync, file);
        } catch (error) {
          if (error.code === 'ENOENT') return undefined;
          throw error;
        }
      },
      async put(key, bytes) {
        const { fs, crypto, join, file } = await fileOf(key);
        await fs.mkdir(path, { recursive: true, mode: 0o700 });
        checkDirectory(await fs.stat(path));
        const temporary = `${file}.${crypto.randomUUID()}.tmp`;
        try {
          await fs.writeFile(temporary, bytes, { mode: 0o600, flag: 'wx' });
          await fs.rename(temporary, file);
        } catch (error) {
          await fs.rm(temporary, { force: true });
          throw error;
        }
        await makeRoom(fs, join);
      },
      async clear() {
        const [fs, , { join }] = await modules;
        const names = await fs.readdir(path).catch(() => []);
        for (const name of names.filter((n) => n.endsWith(kSuffix))) {
          await fs.rm(join(path, name), { force: true });
        }
        await removeAbandoned(fs, join, names);
      },
    };
  }

  if (typeof module === 'object' && module !== null && module.exports) {
    module.exports = { indexedDbStore, directoryStore };
  } else {
    globalThis.mejitKernelCache = { indexedDbStore, directoryStore };
  }
})();
