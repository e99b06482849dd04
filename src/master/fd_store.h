/* The service manager's file descriptor store: a listening socket in it stays open when the
 * daemon ends, and the next process gets it back, so that connections made meanwhile wait in
 * its backlog. See sd_pid_notify_with_fds(3), systemd.service(5) FileDescriptorStoreMax=.
 *
 * It is used when $FDSTORE is a number above 0: systemd 254 and later set it; for earlier ones
 * the unit does. Only the master's own sockets are stored; those of a socket unit stay open
 * anyway. A stored socket has the name "stored.SOCKET.DEVICE.INODE": the inode of the socket,
 * and device and inode of the file of a unix socket, all in hexadecimal. Example:
 *   1. "unix:/run/polymilter/mx.sock" is bound; its file is inode 0x2a of device 0x19. When the
 *      daemon is ready it sends FDSTORE=1, FDNAME=stored.9c41.19.2a
 *   2. the master is killed; systemd starts another one with that descriptor in LISTEN_FDS
 *   3. a listener has the address to which it is bound, and mx.sock is still that file: the
 *      listener takes it, and neither binds nor removes the file
 *   4. or no listener has that address, or mx.sock is gone or another file: the socket is shut
 *      and sent away with FDSTOREREMOVE=1, and a listener makes a new one
 * systemd empties the store when the service is stopped, not when it is restarted. */
#ifndef MASTER_FD_STORE_H
#define MASTER_FD_STORE_H

#include <stdbool.h>

#include "config/config.h"
#include "master/listen.h"

/* Stores l's socket; without a store, or if systemd has made the socket, nothing is done. If
 * the store is no longer used the socket is removed from it. */
void fd_store_keep(struct listener *l);

/* Removes l's socket from the store if it is there; l still has it open. */
void fd_store_remove(struct listener *l);

/* The stored socket that is bound to addr, or -1; the caller owns it. Of a unix socket *ret_dev
 * and *ret_ino are its file's. */
int fd_store_take(struct inherited *inherited, const struct addr *addr, dev_t *ret_dev,
		  ino_t *ret_ino);

/* Closes the stored sockets that no listener of cfg can take, removes them from the store, and
 * removes the files of those that are unix sockets. */
void fd_store_drop_unneeded(struct inherited *inherited, const struct config *cfg);

#endif
