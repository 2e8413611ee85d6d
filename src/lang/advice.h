// What to do about a mistake, in a few words: the notes beside the underlines of errors.
#pragma once

#include <string>
#include <string_view>

namespace me::lang {

// Bytes of the UTF-8 character that `text` begins with; 0 if there is none.
std::size_t character_length(std::string_view text);

// What to write in place of a character that the language does not have, or "".
std::string advice_on_character(std::string_view character);

// What to write in place of something that begins like a number and is none, or "": 2x, 1.5f.
std::string advice_on_number(std::string_view text);

// What to write in place of a name of another language, or "": None, average, ifelse, ...
std::string advice_on_name(std::string_view name);

// Statements and words of Python and its relatives that the language does not have.
bool is_foreign_word(std::string_view word);

}  // namespace me::lang
