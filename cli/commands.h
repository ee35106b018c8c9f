/*
 * The sub-commands: each reads its own arguments, does its work, and answers
 * the exit code.
 */
#ifndef CALLWARD_COMMANDS_H
#define CALLWARD_COMMANDS_H

#include "cli.h"

typedef int command_run(struct cli *, int argc, char **argv);

command_run migrate_run;
command_run line_add_run;
command_run line_list_run;
command_run assistant_add_run;
command_run assistant_list_run;
command_run number_add_run;
command_run number_list_run;
command_run subscription_set_run;
command_run subscription_end_run;
command_run subscription_list_run;
command_run attempts_run;
command_run call_show_run;
command_run prune_run;
command_run audit_list_run;
command_run quarantine_list_run;
command_run quarantine_show_run;
command_run quarantine_apply_run;
command_run spool_status_run;
command_run spool_drain_run;
command_run isolation_run;
command_run doctor_run;
command_run tenant_link_run;
command_run tenant_unlink_run;
command_run tenant_list_run;
command_run tenant_show_run;
command_run token_run;
command_run sample_run;

#endif
