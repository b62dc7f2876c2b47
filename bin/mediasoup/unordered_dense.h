// mediasoup's worker wants a faster hash map than the standard one; Debian has none by that name, and a test needs none.
#pragma once

#include <functional>
#include <unordered_map>
#include <unordered_set>

namespace ankerl::unordered_dense
{
	template<typename Key, typename Value, typename Hash = std::hash<Key>>
	using map = std::unordered_map<Key, Value, Hash>;

	template<typename Key, typename Hash = std::hash<Key>>
	using set = std::unordered_set<Key, Hash>;

	template<typename Key>
	using hash = std::hash<Key>;
} // namespace ankerl::unordered_dense
