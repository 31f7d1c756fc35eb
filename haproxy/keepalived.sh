#!/bin/bash
# Prints Keepalived's configuration. From the environment: ACD_VIP (address/prefix), ACD_VIP_INTERFACE,
# ACD_VIP_OWN and ACD_VIP_PEER (addresses of the two balancers), ACD_VIP_PRIORITY (1 to 254; the higher
# one begins), ACD_LB_INTERNAL (where HAProxy says that it is alive). Optional: ACD_VIP_ROUTER_ID.
set -euo pipefail
: "${ACD_VIP:?}" "${ACD_VIP_INTERFACE:?}" "${ACD_VIP_OWN:?}" "${ACD_VIP_PEER:?}" "${ACD_VIP_PRIORITY:?}" "${ACD_LB_INTERNAL:?}"
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cat <<END
global_defs {
    vrrp_version 3
    enable_script_security
    script_user ${ACD_VIP_SCRIPT_USER:-root}
    vrrp_garp_master_refresh 10
}

# Whole seconds are the shortest that Keepalived knows; two failures, since a busy machine may miss one.
vrrp_script haproxy_is_alive {
    script "$here/is_alive.sh ${ACD_LB_INTERNAL}"
    interval 1
    timeout 1
    fall 2
    rise 2
}

vrrp_instance acd {
    # Nobody takes the address back from a peer that holds it: each move costs every client its connection.
    state BACKUP
    nopreempt
    interface ${ACD_VIP_INTERFACE}
    virtual_router_id ${ACD_VIP_ROUTER_ID:-77}
    priority ${ACD_VIP_PRIORITY}
    # The peer takes over 0.3 to 0.4 s after the last advert.
    advert_int 0.1
    unicast_src_ip ${ACD_VIP_OWN}
    unicast_peer {
        ${ACD_VIP_PEER}
    }
    virtual_ipaddress {
        ${ACD_VIP}
    }
    track_script {
        haproxy_is_alive
    }
}
END
