/*
 * Secrets inside messages, at the places where they have been seen: tokens of
 * the imported number, secrets of servers, prompts and what tools were told.
 * Each writer adds its part of them to an object; with an empty canary it
 * adds what stands there anyway, without a secret.
 */
#ifndef CALLWARD_SIM_PLANT_H
#define CALLWARD_SIM_PLANT_H

#include "io/json.h"

void plant_artifact(struct json *artifact, const char *canary);
void plant_messages(struct json *messages, const char *canary);
void plant_phone_number(struct json *phone_number, const char *canary);
void plant_assistant(struct json *assistant, const char *canary);
void plant_call(struct json *call, const char *canary);

#endif
