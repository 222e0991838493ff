/* A progress bar on standard error. */
#pragma once

#include <stdint.h>

/* For ebpfi_replay_opts: shows the progress of a file that takes longer than a moment; 0. Does nothing if there is no terminal. */
int show_progress(void *ctx, uint64_t bytes, uint64_t total);

/* Removes the bar. */
void hide_progress(void);
