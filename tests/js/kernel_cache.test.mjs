// js/kernel_cache.js: both stores keep what was put, lose the entries used longest ago, and serve
// several users at once; the directory is written atomically, and read only where nobody else writes.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  chmod, mkdir, mkdtemp, readFile, readdir, rename, rm, stat, symlink, utimes, writeFile,
} from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import vm from 'node:vm';

import { IDBFactory, IDBObjectStore } from 'fake-indexeddb';

const require = createRequire(import.meta.url);
const { directoryStore, indexedDbStore } = require('../../js/kernel_cache.js');
const bytes = (size, value) => new Uint8Array(size).fill(value);
const pause = () => new Promise((resolve) => setTimeout(resolve, 15));

async function withDirectory(step) {
  const path = await mkdtemp(join(tmpdir(), 'mejit-store-'));
  try {
    await step(path);
  } finally {
    await rm(path, { recursive: true });
  }
}

// Runs the step with what opens one and the same store several times.
const kStores = {
  indexedDB: (step) => {
    const indexedDB = new IDBFactory();
    return step((options) => indexedDbStore({ indexedDB, ...options }));
  },
  directory: (step) =>
    withDirectory((path) => step((options) => directoryStore(join(path, 'below'), options))),
};

for (const [name, withStore] of Object.entries(kStores)) {
  test(`${name}: what was put is there, for the next user too`, () => withStore(async (open) => {
    const store = open();
    assert.equal(await store.get('a'), undefined);
    const given = bytes(3, 7);
    await store.put('a', given);
    given[0] = 9;  // the store has a copy
    await store.put('key\nwith lines \u{1f600}', bytes(0, 0));
    assert.deepEqual(await store.get('a'), bytes(3, 7));
    assert.ok(await store.get('a') instanceof Uint8Array);
    const again = open();
    assert.deepEqual(await again.get('a'), bytes(3, 7));
    assert.deepEqual(await again.get('key\nwith lines \u{1f600}'), bytes(0, 0));
    await again.put('a', bytes(2, 1));
    assert.deepEqual(await store.get('a'), bytes(2, 1));
    await store.clear();
    assert.equal(await again.get('a'), undefined);
  }));

  test(`${name}: the entries used longest ago make room`, () => withStore(async (open) => {
    const store = open({ maxBytes: 1000 });
    for (const key of ['a', 'b', 'c']) {
      await store.put(key, bytes(300, 1));
      await pause();
    }
    await store.get('a');
    await pause();
    await store.put('d', bytes(300, 1));
    assert.ok(await store.get('a'));
    assert.equal(await store.get('b'), undefined);
    assert.ok(await store.get('d'));
  }));

  test(`${name}: many writers and readers at once see whole values`, () => withStore(async (open) => {
    const stores = [open(), open(), open()];
    await Promise.all(stores.flatMap((store, user) => Array.from({ length: 12 }, async (_, i) => {
      const key = `k${i % 3}`;
      await store.put(key, bytes(500 + user, user));
      const found = await store.get(key);
      assert.deepEqual(found, bytes(500 + found[0], found[0]));
    })));
  }));
}

test('directory: closed to others; what is not an entry is left alone', () => withDirectory(
  async (path) => {
    const folder = join(path, 'below', 'deep');
    const store = directoryStore(folder, { maxBytes: 10 });
    await store.put('a', bytes(5, 1));
    assert.equal((await stat(folder)).mode & 0o077, 0);
    const [file] = await readdir(folder);
    assert.equal((await stat(join(folder, file))).mode & 0o077, 0);
    await writeFile(join(folder, 'notes.txt'), 'mine, and larger than the limit');
    await store.put('b', bytes(9, 1));
    await store.clear();
    assert.deepEqual(await readdir(folder), ['notes.txt']);
  }));

// The platform's user ids, and a step that runs as if this user were another one.
const withUids = { skip: !process.geteuid };
async function asAnother(step) {
  const { geteuid } = process;
  process.geteuid = () => geteuid() + 1;
  try {
    await step();
  } finally {
    process.geteuid = geteuid;
  }
}

test('directory: one that others may open, or own, is neither read nor written', withUids,
     () => withDirectory(async (path) => {
       const store = directoryStore(path);
       await store.put('a', bytes(5, 1));
       const names = await readdir(path);
       const refused = async () => {
         const reason = /must belong to this user with mode 0700/;
         await assert.rejects(store.get('a'), reason);
         await assert.rejects(store.get('absent'), reason);
         await assert.rejects(store.put('b', bytes(5, 1)), reason);
         assert.deepEqual(await readdir(path), names);
       };
       for (const mode of [0o777, 0o1777, 0o750, 0o701, 0o702]) {
         await chmod(path, mode);
         await refused();
       }
       await chmod(path, 0o700);
       await asAnother(refused);
       assert.deepEqual(await store.get('a'), bytes(5, 1));
     }));

test('directory: an entry is a regular file of this user', withUids, () => withDirectory(
  async (path) => {
    const store = directoryStore(path);
    await store.put('a', bytes(5, 1));
    const file = join(path, (await readdir(path))[0]);
    const moved = join(path, 'moved');
    await rename(file, moved);
    const reason = /regular file of this user|ELOOP/;
    await symlink(moved, file);
    await assert.rejects(store.get('a'), reason);
    await rm(file);
    execFileSync('mkfifo', [file]);
    await assert.rejects(store.get('a'), reason);
    await store.put('a', bytes(5, 2));
    assert.deepEqual(await store.get('a'), bytes(5, 2));
    assert.deepEqual(new Uint8Array(await readFile(moved)), bytes(5, 1));
    await rm(file);
    await mkdir(file);
    await assert.rejects(store.get('a'), reason);
  }));

test('directory: an entry of another user is refused', { skip: process.geteuid?.() !== 0 },
     () => withDirectory(async (path) => {
       const store = directoryStore(path);
       await store.put('a', bytes(5, 1));
       const file = join(path, (await readdir(path))[0]);
       execFileSync('chown', ['1', file]);
       await assert.rejects(store.get('a'), /regular file of this user/);
     }));

test('directory: what a killed process was writing goes after an hour', () => withDirectory(
  async (path) => {
    const store = directoryStore(path);
    await store.put('a', bytes(5, 1));
    const [entry] = await readdir(path);
    const minutesAgo = (minutes) => new Date(Date.now() - minutes * 60_000);
    const left = async (name, minutes) => {
      await writeFile(join(path, name), 'x');
      await utimes(join(path, name), minutesAgo(minutes), minutesAgo(minutes));
    };
    const recent = `${entry}.${crypto.randomUUID()}.tmp`;
    const old = `${entry}.${crypto.randomUUID()}.tmp`;
    await left(recent, 50);
    await left('notes.tmp', 500);
    for (const removes of [() => store.put('a', bytes(5, 1)), () => store.clear()]) {
      await left(old, 70);
      await removes();
      const names = await readdir(path);
      assert.ok(!names.includes(old));
      assert.ok(names.includes(recent) && names.includes('notes.tmp'));
    }
    await directoryStore(join(path, 'absent')).clear();
  }));

test('indexedDB: a request that fails gives its error', async () => {
  const store = indexedDbStore({ indexedDB: new IDBFactory() });
  await store.put('a', bytes(1, 1));
  const { put } = IDBObjectStore.prototype;
  IDBObjectStore.prototype.put = IDBObjectStore.prototype.add;
  try {
    await assert.rejects(store.put('a', bytes(1, 2)), { name: 'ConstraintError' });
  } finally {
    IDBObjectStore.prototype.put = put;
  }
  assert.deepEqual(await store.get('a'), bytes(1, 1));
});

test('a directory that is none rejects, and does no harm', () => withDirectory(async (path) => {
  const file = join(path, 'file');
  await writeFile(file, 'x');
  const store = directoryStore(file);
  await assert.rejects(store.get('a'));
  await assert.rejects(store.put('a', bytes(1, 1)));
  assert.equal(await readFile(file, 'utf8'), 'x');
}));

test('without indexedDB there is no store; a broken one rejects and recovers', async () => {
  assert.throws(() => indexedDbStore({ indexedDB: null }), ReferenceError);
  const indexedDB = new IDBFactory();
  const store = indexedDbStore({ indexedDB });
  await store.put('a', bytes(1, 1));
  const { open } = indexedDB;
  const broken = indexedDbStore({ indexedDB, name: 'other' });
  indexedDB.open = () => { throw new Error('no storage in private windows'); };
  await assert.rejects(broken.get('a'), /private windows/);
  indexedDB.open = open;
  assert.equal(await broken.get('a'), undefined);
  assert.deepEqual(await store.get('a'), bytes(1, 1));
});

test('as a plain script it sets one global', async () => {
  const context = vm.createContext({ Promise });
  const script = new URL('../../js/kernel_cache.js', import.meta.url);
  vm.runInContext(await readFile(script, 'utf8'), context);
  assert.deepEqual(Object.keys(context.mejitKernelCache), ['indexedDbStore', 'directoryStore']);
});
