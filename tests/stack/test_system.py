"""What the trials read out of the balancers."""

from tests.stack.system import streams_in

STATISTICS = """\
# pxname,svname,qcur,qmax,scur,smax,status,weight
calls,acd1,0,0,7,9,UP,1
streams,acd1,0,0,3,9,UP,1
streams,acd2,0,0,0,9,UP 1/3,1
streams,acd3,0,0,2,9,DRAIN (agent),1
streams,acd4,0,0,0,0,MAINT (resolution),1
streams,BACKEND,0,0,5,9,UP,1
"""


def test_only_servers_that_are_up_have_a_share() -> None:
    assert streams_in(STATISTICS) == [3, 0]
