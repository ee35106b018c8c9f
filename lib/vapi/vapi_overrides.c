/*
 * One member, written once.
 */
#include "config.h"

#include "vapi/vapi_overrides.h"

void
vapi_overrides_add(struct json *parent, const struct vapi_overrides *o)
{
	struct json *overrides = json_add_object(parent, "assistantOverrides");
	struct json *values;

	if (o->metadata != NULL)
		json_add_copy(overrides, "metadata", o->metadata);
	if (o->greeting.p != NULL)
		json_add_str(overrides, "firstMessage", o->greeting);
	if (o->language.p == NULL && o->clinic_name.p == NULL)
		return;
	values = json_add_object(overrides, "variableValues");
	if (o->language.p != NULL)
		json_add_str(values, "language", o->language);
	if (o->clinic_name.p != NULL)
		json_add_str(values, "clinic_name", o->clinic_name);
}
