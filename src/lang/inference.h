// The state of type inference, shared by infer_expr.cpp and infer_kernel.cpp.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/signature.h"
#include "base/steps.h"
#include "lang/ast.h"
#include "lang/emitter.h"
#include "lang/names.h"
#include "lang/operations.h"
#include "lang/resolve.h"

namespace me::lang {

class Inference {
 public:
  Inference(const Ast& ast, const Signature& signature, const Rules& rules, Resolved resolved)
      : ast_(ast),
        signature_(signature),
        rules_(rules),
        resolved_(std::move(resolved)),
        emit_(program_) {}

  Steps<Result<TypedProgram>> steps();  // a walk over the program each

 private:
  // What is known of a local (or of the result) so far: the join of all values it takes.
  struct Joined {
    bool known = false;
    Type type;
    bool literal = false;  // string literals only, which adapt to strings or bytes
    bool uniform = true;
  };

  // infer_expr.cpp
  Result<Value> expression(const ExprRange& range);
  Result<Value> node(const Node& n);
  Result<Value> name(const Node& n);
  Result<Value> parameter(std::uint32_t index, Span span);
  Result<Value> call(const Node& n);
  Result<Value> callout(std::uint32_t index, std::span<const Value> args, Span span);
  Result<Value> function_call(const Node& n, const FunctionRule& rule);
  Outcome refuse_options(const Node& n) const;
  Diagnostic unknown_function(const Node& n) const;
  Span callee_span(const Node& n) const;
  std::vector<Value> arguments(const Node& n) const;

  // infer_reduction.cpp
  Result<Value> reduction_call(const Node& n, const FunctionRule& rule);
  bool is_reduction_call(const Node& n) const;
  Result<ReduceOptions> reduce_options(const Node& n, const FunctionRule& rule) const;
  Outcome read_axis(NodeId id, const FunctionRule& rule, ReduceOptions& options) const;
  Outcome read_keepdims(NodeId id, ReduceOptions& options) const;
  Outcome read_ddof(NodeId id, ReduceOptions& options) const;
  Diagnostic unknown_keyword(const Keyword& k, const FunctionRule& rule) const;

  // infer_kernel.cpp
  Result<Unit> check_signature();
  Outcome walk();
  void begin_pass();
  Outcome start_locals(std::vector<TypedStmt>& out);
  Result<BlockId> block(BlockId id);
  Outcome statement(const Statement& s, std::vector<TypedStmt>& out);
  Outcome assign(const Statement& s, std::vector<TypedStmt>& out);
  Outcome augmented(const Statement& s, std::vector<TypedStmt>& out);
  Outcome if_statement(const Statement& s, std::vector<TypedStmt>& out);
  Outcome for_statement(const Statement& s, std::vector<TypedStmt>& out);
  Outcome while_statement(const Statement& s, std::vector<TypedStmt>& out);
  Outcome print_statement(const Statement& s, std::vector<TypedStmt>& out);
  bool calls_impure(const ExprRange& range) const;
  Outcome return_statement(const Statement& s, std::vector<TypedStmt>& out);
  Result<BlockId> loop_body(const Statement& s, std::vector<TypedStmt>& out);
  Outcome loop_else(const Statement& s, std::vector<TypedStmt>& out);
  void set_flag(std::uint32_t flag, bool value, Span span, std::vector<TypedStmt>& out);
  Result<ExprId> bound(const ExprRange& range);
  Outcome store(std::uint32_t local, const Value& v, Span span, std::vector<TypedStmt>& out);
  Value read_local(std::uint32_t local, Span span);
  std::uint32_t hidden_local(DType dtype, std::uint32_t width = 0);
  bool reads_any(const ExprRange& range, const std::vector<Target>& names, std::size_t count) const;
  void widen(Joined& joined, const Value& v);
  bool at_top() const { return block_depth_ == 0; }

  const Ast& ast_;
  const Signature& signature_;
  const Rules& rules_;
  Resolved resolved_;
  TypedProgram program_;
  Emitter emit_;
  std::vector<Param> params_;      // dtypes filled in
  DType literal_target_ = DType::Auto;
  std::vector<Value> values_;      // by node
  std::vector<Joined> locals_;     // by local
  Joined result_;
  bool final_ = false;             // types are settled: report errors
  bool changed_ = false;           // this pass has widened a type
  unsigned block_depth_ = 0;
  unsigned returns_ = 0;           // return statements met in this walk
  std::vector<std::uint32_t> else_flags_;  // per open loop: the local that its breaks clear, or kNone
  bool reductions_allowed_ = true;
};

}  // namespace me::lang
