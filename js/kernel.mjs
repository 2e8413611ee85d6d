// A compiled program, callable with arrays.
//
// In:  a kernel of the library (me_kernel), which is the object's from then on.
// Out: results, tiers, statistics and files with JavaScript values, as Python's mejit.Kernel has them.
//
//   const kernel = engine.compile('a*b + 1', 'float64');
//   kernel(a, b);                              // a new typed array, or a value
//   kernel.run({ b, a }, { out });             // by name, into an array

import { Frame } from './arrays.mjs';
import { dtypeAt, kUniform, kWeak, specOf } from './dtypes.mjs';
import { asyncCompile } from './scripts.mjs';

export const kTiers = ['interpreter', 'baseline', 'optimizing', 'ahead-of-time'];
export const kComplete = Symbol('complete');
const kBest = 3;  // ME_TIER_AOT_OPTIMIZED: what a call may use

export function indexOf(words, word, what) {
  const index = words.indexOf(word);
  if (index < 0) throw new RangeError(`${what} must be one of ${words.join(', ')}, not ${String(word)}`);
  return index;
}

// An object that is called like a function: call() is its run().
class Callable {
  constructor() {
    const self = (...values) => self.run(values);
    Object.defineProperty(self, 'name', { value: new.target.name });
    return Object.setPrototypeOf(self, new.target.prototype);
  }
}

// What a kernel owns in the library's memory. Freed when nobody uses it any more: not before a compilation
// of it has ended.
class Owned {
  constructor(library, handle) {
    Object.assign(this, { library, handle, frame: null, uses: 1 });
  }
  drop() {
    this.uses -= 1;
    if (this.uses > 0) return;
    this.library.call('me_kernel_free', this.handle);
    if (this.frame) this.library.free(this.frame.pointer);
  }
}

const collected = new FinalizationRegistry((owned) => owned.drop());

export class Kernel extends Callable {
  #owned;
  #freed = false;

  constructor(library, handle) {
    super();
    const owned = new Owned(library, handle);
    try {
      const params = library.params(handle);
      this.source = library.textOf(handle, 'source');
      this.names = Object.freeze(params.map(({ name }) => name));
      this.types = Object.freeze(Object.fromEntries(params.map((p) => [p.name, specOf(p)])));
      const result = dtypeAt(library.call('me_kernel_dtype', handle));
      this.dtype = result.name;
      owned.frame = new Frame(library, params.map(({ name, code, flags }) => ({
        name, row: dtypeAt(code), isUniform: (flags & kUniform) !== 0, isWeak: (flags & kWeak) !== 0,
      })), result, library.call('me_kernel_reduces_call', handle) !== 0);
    } catch (error) {
      owned.drop();
      throw error;
    }
    this.#owned = owned;
    collected.register(this, owned, this);
  }

  get #live() {
    if (this.#freed) throw new Error('the kernel was freed');
    return this.#owned;
  }
  #text(stage) { return this.#live.library.textOf(this.#live.handle, stage) ?? ''; }

  // values: in the order of `names`, or by name. out: the array to fill, instead of a new one; it may overlap
  // the values. tier: the highest one of this call.
  run(values, { out, tier } = {}) {
    const { library, handle, frame } = this.#live;
    const highest = tier === undefined ? kBest : indexOf(kTiers, tier, 'tier');
    return frame.run(this.#bound(values), out, {
      shape: (...places) => library.check(library.call('me_kernel_result_shape', handle, ...places), 'evaluate'),
      evaluate: (...places) => library.check(library.call('me_kernel_eval', handle, ...places, highest), 'evaluate'),
    });
  }

  #bound(values) {
    const { names } = this;
    if (Array.isArray(values)) {
      if (values.length === names.length) return values;
      throw new TypeError(`the kernel takes ${names.length} values (${names.join(', ')}), ${values.length} were given`);
    }
    const unknown = Object.keys(values).find((name) => !names.includes(name));
    if (unknown !== undefined) throw new TypeError(`the kernel takes no '${unknown}', but ${names.join(', ')}`);
    const missing = names.filter((name) => !Object.hasOwn(values, name));
    if (missing.length > 0) throw new TypeError(`no value for ${missing.join(', ')}`);
    return names.map((name) => values[name]);
  }

  // The best tier there is code for.
  get tier() { return kTiers[this.#live.library.call('me_kernel_tier', this.#live.handle)]; }

  // Compiles for a tier now, and throws why there is no code. Tiers only rise.
  promote(tier = 'optimizing') {
    const wanted = indexOf(kTiers.slice(0, 3), tier, 'tier');
    const { library, handle } = this.#live;
    library.check(library.call('me_kernel_promote', handle, wanted), 'engine');
  }

  // Back to the interpreter. No bit of a result changes.
  invalidate() { this.#live.library.call('me_kernel_invalidate', this.#live.handle); }

  // Which tiers ran it how often, what moved it between them, and what compiling cost.
  stats() {
    const { tier, calls, counts } = this.#live.library.stats(this.#live.handle);
    const [recorded_calls, promotions, deoptimizations, osr_entries, compile_ns] = counts;
    return {
      tier: kTiers[tier],
      calls: Object.fromEntries(kTiers.map((name, i) => [name, calls[i]])),
      recorded_calls, promotions, deoptimizations, osr_entries, compile_ns,
    };
  }

  explain() { return this.#text('explain'); }
  ir() { return this.#text('ir'); }
  wat() { return this.#text('wasm'); }

  // The bytes of its kernel file, with code for 32-bit and 64-bit memories.
  save() { return this.#live.library.file(this.#live.handle); }

  // Gives it the code that it may have, beside the event loop: the second half of Engine.compileAsync.
  async [kComplete]({ store, signal }) {
    const owned = this.#live;
    const { library, handle } = owned;
    owned.uses += 1;
    try {
      if (library.hostDescription().startsWith('none')) return this;
      await asyncCompile.completeKernel(library, handle, { store, signal });
    } catch (error) {
      if (error.code !== 'ME_INTERPRETED') throw error;
      library.call('me_kernel_promote', handle, 2);  // explain() says from now on why there is no code
    } finally {
      owned.drop();
    }
    return this;
  }

  get isFreed() { return this.#freed; }

  // Gives back its memory now. Otherwise that happens some time after the last reference is gone.
  free() {
    if (this.#freed) return;
    this.#freed = true;
    collected.unregister(this);
    this.#owned.drop();
  }

  [Symbol.dispose ?? Symbol.for('Symbol.dispose')]() { this.free(); }
}
