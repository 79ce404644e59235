/* SPDX-License-Identifier: Apache-2.0 */
/* Whether two hives say the same; see regf.h. */
#include "formats/regf/cells.h"

static bool same_data(const struct regf *a, const struct regf_value *in_a, const struct regf *b,
    const struct regf_value *in_b)
{
	AUTO(bytes) data_a = {0};
	AUTO(bytes) data_b = {0};

	if (in_a->type != in_b->type || in_a->size != in_b->size)
		return false;
	regf_read_value(a, in_a, &data_a);
	regf_read_value(b, in_b, &data_b);
	return span_equal(bytes_span(&data_a), bytes_span(&data_b));
}

static bool same_values(const struct regf *a, uint32_t key_a, const struct regf *b, uint32_t key_b)
{
	AUTO(regf_list) values_a = {0};
	AUTO(regf_list) values_b = {0};

	regf_values(a, key_a, &values_a);
	regf_values(b, key_b, &values_b);
	if (values_a.count != values_b.count)
		return false;
	for (size_t i = 0; i < values_a.count; i++) {
		struct regf_value in_a = regf_value_at(a, values_a.at[i]), in_b;
		AUTO(text) name = {0};

		regf_value_name(a, values_a.at[i], &name);
		if (!regf_find_value(b, key_b, text_string(&name), &in_b) ||
		    !same_data(a, &in_a, b, &in_b))
			return false;
	}
	return true;
}

/* Lists of subkeys are sorted, so those that are the same stand at the same place. The depth is
 * bounded: both were checked. */
static bool same_keys(const struct regf *a, uint32_t key_a, const struct regf *b, uint32_t key_b)
{
	AUTO(regf_list) keys_a = {0};
	AUTO(regf_list) keys_b = {0};

	if (!same_values(a, key_a, b, key_b))
		return false;
	regf_subkeys(a, key_a, &keys_a);
	regf_subkeys(b, key_b, &keys_b);
	if (keys_a.count != keys_b.count)
		return false;
	for (size_t i = 0; i < keys_a.count; i++) {
		AUTO(text) name_a = {0};
		AUTO(text) name_b = {0};

		regf_key_name(a, keys_a.at[i], &name_a);
		regf_key_name(b, keys_b.at[i], &name_b);
		if (strcmp(text_string(&name_a), text_string(&name_b)) != 0 ||
		    !same_keys(a, keys_a.at[i], b, keys_b.at[i]))
			return false;
	}
	return true;
}

bool regf_same(const struct regf *a, const struct regf *b)
{
	return same_keys(a, a->root, b, b->root);
}
