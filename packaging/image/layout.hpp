// An OCI image layout, as it is read: JSON files, and blobs that are named by what is in them.
#pragma once

#include <boost/property_tree/ptree_fwd.hpp>
#include <string>

namespace image {

using Json = boost::property_tree::ptree;

// Throws Failure where it cannot be read, or is no JSON.
Json read_json(const std::string& path);

// Of a descriptor, "sha256:ab12". The name in blobs/sha256, "ab12" with all 64 digits, "" of another form or algorithm.
std::string sha256_of(const Json& descriptor);

// The file that a descriptor names: "sha256:ab12" is blobs/sha256/ab12. Throws Failure where it names none.
std::string blob_path(const std::string& directory, const Json& descriptor);

// The same, of which the bytes are what the digest tells, where that is a SHA-256. Throws Failure where they are not.
std::string whole_blob(const std::string& directory, const Json& descriptor);

}  // namespace image
