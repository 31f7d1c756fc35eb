"""The services of `acd.v1`: one typed method per RPC, described in the protos.

`client.contacts.accept_assignment(name=…)` calls `ContactService.AcceptAssignment`.
"""

import grpc.aio

from acd.v1 import agent_service_pb2 as agent
from acd.v1 import center_service_pb2 as center
from acd.v1 import contact_service_pb2 as contact
from acd.v1 import dispatch_service_pb2 as dispatch
from acd.v1 import simulation_service_pb2 as simulation
from acd.v1 import skill_service_pb2 as skill
from acd.v1.agent_service_pb2_grpc import AgentServiceStub
from acd.v1.center_service_pb2_grpc import CenterServiceStub
from acd.v1.contact_service_pb2_grpc import ContactServiceStub
from acd.v1.dispatch_service_pb2_grpc import DispatchServiceStub
from acd.v1.simulation_service_pb2_grpc import SimulationServiceStub
from acd.v1.skill_service_pb2_grpc import SkillServiceStub
from acd_client.calls import Call, Metadata, Stream


class Centers:
    """`acd.v1.CenterService`."""

    def __init__(self, channel: grpc.aio.Channel, metadata: Metadata) -> None:
        stub = CenterServiceStub(channel)
        self.create_center = Call(center.CreateCenterRequest, stub.CreateCenter, metadata)
        self.get_center = Call(center.GetCenterRequest, stub.GetCenter, metadata)
        self.list_centers = Call(center.ListCentersRequest, stub.ListCenters, metadata)
        self.update_center = Call(center.UpdateCenterRequest, stub.UpdateCenter, metadata)
        self.open_center = Call(center.OpenCenterRequest, stub.OpenCenter, metadata)
        self.close_center = Call(center.CloseCenterRequest, stub.CloseCenter, metadata)
        self.explain_routing = Call(center.ExplainRoutingRequest, stub.ExplainRouting, metadata)
        self.get_center_snapshot = Call(center.GetCenterSnapshotRequest, stub.GetCenterSnapshot, metadata)


class Skills:
    """`acd.v1.SkillService`."""

    def __init__(self, channel: grpc.aio.Channel, metadata: Metadata) -> None:
        stub = SkillServiceStub(channel)
        self.create_skill = Call(skill.CreateSkillRequest, stub.CreateSkill, metadata)
        self.list_skills = Call(skill.ListSkillsRequest, stub.ListSkills, metadata)
        self.delete_skill = Call(skill.DeleteSkillRequest, stub.DeleteSkill, metadata)


class Agents:
    """`acd.v1.AgentService`."""

    def __init__(self, channel: grpc.aio.Channel, metadata: Metadata) -> None:
        stub = AgentServiceStub(channel)
        self.create_agent = Call(agent.CreateAgentRequest, stub.CreateAgent, metadata)
        self.get_agent = Call(agent.GetAgentRequest, stub.GetAgent, metadata)
        self.list_agents = Call(agent.ListAgentsRequest, stub.ListAgents, metadata)
        self.update_agent = Call(agent.UpdateAgentRequest, stub.UpdateAgent, metadata)
        self.delete_agent = Call(agent.DeleteAgentRequest, stub.DeleteAgent, metadata)
        self.add_agent_skill = Call(agent.AddAgentSkillRequest, stub.AddAgentSkill, metadata)
        self.remove_agent_skill = Call(agent.RemoveAgentSkillRequest, stub.RemoveAgentSkill, metadata)
        self.set_agent_state = Call(agent.SetAgentStateRequest, stub.SetAgentState, metadata)
        self.pull_contact = Call(agent.PullContactRequest, stub.PullContact, metadata)
        self.renew_agent_lease = Call(agent.RenewAgentLeaseRequest, stub.RenewAgentLease, metadata)


class Contacts:
    """`acd.v1.ContactService`."""

    def __init__(self, channel: grpc.aio.Channel, metadata: Metadata) -> None:
        stub = ContactServiceStub(channel)
        self.enqueue_contact = Call(contact.EnqueueContactRequest, stub.EnqueueContact, metadata)
        self.renew_owner = Call(contact.RenewOwnerRequest, stub.RenewOwner, metadata)
        self.get_contact = Call(contact.GetContactRequest, stub.GetContact, metadata)
        self.list_contacts = Call(contact.ListContactsRequest, stub.ListContacts, metadata)
        self.get_queue_position = Call(contact.GetQueuePositionRequest, stub.GetQueuePosition, metadata)
        self.accept_assignment = Call(contact.AcceptAssignmentRequest, stub.AcceptAssignment, metadata)
        self.decline_assignment = Call(contact.DeclineAssignmentRequest, stub.DeclineAssignment, metadata)
        self.complete_contact = Call(contact.CompleteContactRequest, stub.CompleteContact, metadata)
        self.transfer_contact = Call(contact.TransferContactRequest, stub.TransferContact, metadata)
        self.reschedule_contact = Call(contact.RescheduleContactRequest, stub.RescheduleContact, metadata)
        self.extend_wrap_up = Call(contact.ExtendWrapUpRequest, stub.ExtendWrapUp, metadata)
        self.finish_wrap_up = Call(contact.FinishWrapUpRequest, stub.FinishWrapUp, metadata)
        self.abandon_contact = Call(contact.AbandonContactRequest, stub.AbandonContact, metadata)
        self.reprioritize_contact = Call(contact.ReprioritizeContactRequest, stub.ReprioritizeContact, metadata)
        self.cancel_contact = Call(contact.CancelContactRequest, stub.CancelContact, metadata)
        self.requeue_contact = Call(contact.RequeueContactRequest, stub.RequeueContact, metadata)


class Dispatch:
    """`acd.v1.DispatchService`."""

    def __init__(self, channel: grpc.aio.Channel, metadata: Metadata) -> None:
        stub = DispatchServiceStub(channel)
        self.match_contacts = Call(dispatch.MatchContactsRequest, stub.MatchContacts, metadata)
        self.fire_deadlines = Call(dispatch.FireDeadlinesRequest, stub.FireDeadlines, metadata)

        self._watch_work = stub.WatchWork
        self._metadata = metadata

    def watch_work(self, center: str = "") -> Stream[dispatch.WatchWorkResponse]:
        """Which centers have work; only `center` (a full name) when it is given."""
        return Stream(self._watch_work(dispatch.WatchWorkRequest(center=center), metadata=self._metadata))


# The service config's, which a client applies to itself only: servers give a call that names none 5 s.
_ADVANCE_TIMEOUT = 60.0


class Simulation:
    """`acd.v1.SimulationService`: only where the clock is virtual, `UNIMPLEMENTED` elsewhere."""

    def __init__(self, channel: grpc.aio.Channel, metadata: Metadata) -> None:
        stub = SimulationServiceStub(channel)
        self.advance_clock = Call(simulation.AdvanceClockRequest, stub.AdvanceClock, metadata, _ADVANCE_TIMEOUT)
