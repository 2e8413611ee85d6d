// A line of the list that tests/proxies/check.py gives to its two programs.
#pragma once

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <sstream>
#include <string>
#include <vector>

#include "base/dtype.h"

namespace me::proxies {

// Fields apart by tabs: what (evaluate, compile, find), tier (interpreter, jit), items, dtype,
// names of the arrays apart by commas, and the text with \n for line ends.
struct Job {
  std::string what;
  std::string tier;
  std::int64_t items = 0;
  std::string dtype_name;
  std::vector<std::string> names;
  std::string text;

  DType dtype() const {
    if (dtype_name == "float64") return DType::Float64;
    if (dtype_name == "float32") return DType::Float32;
    return dtype_name == "int64" ? DType::Int64 : DType::Int32;
  }
};

inline std::vector<std::string> split(const std::string& line, char separator) {
  std::vector<std::string> parts;
  std::istringstream stream(line);
  for (std::string part; std::getline(stream, part, separator);) parts.push_back(part);
  return parts;
}

// Ends the process where the line is not one.
inline Job parse_job(const std::string& line) {
  const auto fields = split(line, '\t');
  if (fields.size() != 6) {
    std::fprintf(stderr, "not a job: %s\n", line.c_str());
    std::exit(2);
  }
  Job job{fields[0], fields[1], std::atoll(fields[2].c_str()), fields[3],
          split(fields[4], ','), {}};
  for (std::size_t i = 0; i < fields[5].size(); ++i) {
    const bool line_end = fields[5].compare(i, 2, "\\n") == 0;
    job.text += line_end ? '\n' : fields[5][i];
    i += line_end ? 1 : 0;
  }
  return job;
}

}  // namespace me::proxies
