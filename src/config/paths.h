/* Where files are unless the command line or the configuration says otherwise. */
#ifndef CONFIG_PATHS_H
#define CONFIG_PATHS_H

#define CONFIG_FILE	      SYSCONFDIR "/polymilter/polymilter.conf"
#define CONFIG_CONTROL_SOCKET "unix:/run/polymilter/control.sock"

#endif
