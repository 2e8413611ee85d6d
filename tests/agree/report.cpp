// Shrinking failures and printing them.
//
// Enters: a program with inputs over which two tiers differ. Leaves: text such as
//   # optimizing JIT, contiguous, 17 items: item 3
//   expr: sin(a)
//   dialect: numpy
//   types: a:float64
//   result: float64
//   run: a = 0x1p+70 -> 0x1.2p-1
// which can be put into tests/golden as it is. Shrinking tries one change at a time: one item of
// the inputs, a subexpression in place of an expression of the same dtype, a statement left out.
#include "agree/report.h"

#include <cinttypes>
#include <cmath>
#include <cstdio>

namespace me::agree {
namespace {

constexpr int kMaxTries = 400;

std::string value_text(DType t, const char* at) {
  const Scalar s = load_scalar(t, at);
  char text[64];
  if (is_float(t)) {
    const double v = s.as_double();
    if (std::isnan(v)) return "nan";
    if (std::isinf(v)) return v < 0 ? "-inf" : "inf";
    const bool plain = v == std::floor(v) && std::fabs(v) < 1e6;
    std::snprintf(text, sizeof text, plain ? "%.1f" : "%a", v);
  } else if (is_bool(t)) {
    return s.bits ? "1" : "0";
  } else if (is_unsigned_int(t)) {
    std::snprintf(text, sizeof text, "%" PRIu64, s.bits);
  } else {
    std::snprintf(text, sizeof text, "%" PRId64, s.as_int());
  }
  return text;
}

std::string values_text(DType t, const std::vector<char>& bytes) {
  std::string out;
  for (std::size_t at = 0; at < bytes.size(); at += size_of(t)) {
    out += " " + value_text(t, bytes.data() + at);
  }
  return out;
}

class Shrinker {
 public:
  Shrinker(Program* p, Mismatch* m) : best_(p), mismatch_(m) {}

  void shrink() {
    if (!still_fails(*best_, mismatch_->inputs)) return;  // only in another layout
    if (mismatch_->inputs.count > 1 && mismatch_->item >= 0) {
      still_fails(*best_, only_item(*best_, mismatch_->inputs, mismatch_->item));
    }
    for (bool better = true; better && tries_ < kMaxTries;) {
      better = best_->is_kernel ? shrink_body() : shrink_root();
    }
  }

 private:
  // Whether `p` fails over `in`; then both become the best known.
  bool still_fails(const Program& p, const Inputs& in) {
    if (++tries_ > kMaxTries) return false;
    Mismatch m = compare_over(p, in);
    if (!m.found) return false;
    m.what = mismatch_->what;
    if (&p != best_) *best_ = p;
    *mismatch_ = std::move(m);
    return true;
  }

  // Candidates: `e` replaced by one of its arguments, at every place.
  bool shrink_expr(Program* p, Expr* e) {
    for (const Expr& arg : std::vector<Expr>(e->args)) {
      if (arg.dtype != e->dtype) continue;
      const Expr saved = *e;
      *e = arg;
      if (still_fails(Program(*p), mismatch_->inputs)) return true;
      *e = saved;
    }
    for (Expr& arg : e->args) {
      if (shrink_expr(p, &arg)) return true;
    }
    return false;
  }
  bool shrink_root() {
    Program p = *best_;
    return shrink_expr(&p, &p.root);
  }
  bool shrink_block(Program* p, std::vector<Stmt>* body) {
    for (std::size_t i = 0; i < body->size(); ++i) {
      if ((*body)[i].fixed) continue;
      const std::vector<Stmt> saved = *body;
      body->erase(body->begin() + static_cast<std::ptrdiff_t>(i));
      if (still_fails(Program(*p), mismatch_->inputs)) return true;
      *body = saved;
      if ((*body)[i].form != Stmt::Form::Block) continue;
      // The block's statements in its place.
      const std::vector<Stmt> inner = (*body)[i].body;
      body->erase(body->begin() + static_cast<std::ptrdiff_t>(i));
      body->insert(body->begin() + static_cast<std::ptrdiff_t>(i), inner.begin(), inner.end());
      if (still_fails(Program(*p), mismatch_->inputs)) return true;
      *body = saved;
    }
    for (Stmt& s : *body) {
      for (Expr& e : s.exprs) {
        if (shrink_expr(p, &e)) return true;
      }
      if (shrink_block(p, &s.body)) return true;
    }
    return false;
  }
  bool shrink_body() {
    Program p = *best_;
    return shrink_block(&p, &p.body);
  }

  Program* best_;
  Mismatch* mismatch_;
  int tries_ = 0;
};

}  // namespace

void minimise(Program* p, Mismatch* m) { Shrinker(p, m).shrink(); }

std::string golden_case(const Program& p, const Mismatch& m) {
  const std::string dialect = p.dialect == lang::Dialect::Numpy ? "numpy" : "miniexpr";
  std::string text = "# " + m.what;
  if (m.item >= 0) {
    const std::size_t at = static_cast<std::size_t>(m.item) * size_of(m.got.dtype);
    text += " was " + value_text(m.got.dtype, m.got.bytes.data() + at);
  }
  text += "\n";
  if (p.is_kernel) {
    text += "kernel:\n";
    std::string line;
    for (const char c : source_of(p)) {
      if (c != '\n') {
        line += c;
        continue;
      }
      text += "  " + line + "\n";
      line.clear();
    }
  } else {
    text += "expr: " + source_of(p) + "\n";
  }
  text += "dialect: " + dialect + "\ntypes:";
  for (const ParamDecl& d : p.params) {
    text += " " + d.name + ":" + std::string(name_of(d.dtype)) +
            (d.weak      ? ":weak"
             : d.uniform ? ":uniform"
                         : "");
  }
  text += "\nresult: " + std::string(name_of(m.expected.dtype)) + "\nrun: ";
  for (std::size_t i = 0; i < p.params.size(); ++i) {
    text += (i ? " ; " : "") + p.params[i].name + " =" +
            values_text(p.params[i].dtype, m.inputs.data[i]);
  }
  return text + " ->" + values_text(m.expected.dtype, m.expected.bytes) + "\n";
}

std::string json_case(const Program& p, const Inputs& in, std::uint64_t number) {
  std::string source;
  for (const char c : source_of(p)) source += c == '\n' ? "\\n" : std::string(1, c);
  std::string text = "{\"number\": " + std::to_string(number) + ", \"kernel\": " +
                     (p.is_kernel ? "true" : "false") + ", \"text\": \"" + source +
                     "\", \"count\": " + std::to_string(in.count) + ", \"params\": [";
  for (std::size_t i = 0; i < p.params.size(); ++i) {
    const ParamDecl& d = p.params[i];
    text += std::string(i ? ", " : "") + "{\"name\": \"" + d.name + "\", \"dtype\": \"" +
            std::string(name_of(d.dtype)) + "\", \"uniform\": " + (d.uniform ? "true" : "false") +
            ", \"weak\": " + (d.weak ? "true" : "false") + ", \"data\": \"";
    for (const char c : in.data[i]) {
      char hex[3];
      std::snprintf(hex, sizeof hex, "%02x", static_cast<unsigned>(static_cast<unsigned char>(c)));
      text += hex;
    }
    text += "\"}";
  }
  return text + "]}";
}

}  // namespace me::agree
