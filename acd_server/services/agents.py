"""AgentService over the store."""

from acd.v1 import agent_service_pb2 as messages
from acd.v1.agent_service_pb2_grpc import AgentServiceServicer
from acd_server.services._requests import request_key
from acd_server.services._types import Context
from acd_server.store import Store
from acd_server.validation import agents as validation


class AgentServicer(AgentServiceServicer):
    def __init__(self, store: Store) -> None:
        self._store = store.agents
        self._contacts = store.contacts

    async def CreateAgent(self, request: messages.CreateAgentRequest, _: Context) -> messages.CreateAgentResponse:
        asked = validation.validate_create_agent(request)
        agent = await self._store.create_agent(
            asked.center,
            asked.agent,
            display_name=asked.display_name,
            skills=asked.skills,
            capacity=asked.capacity,
            costs=asked.costs,
            request=request_key(request),
        )
        return messages.CreateAgentResponse(agent=agent)

    async def GetAgent(self, request: messages.GetAgentRequest, _: Context) -> messages.GetAgentResponse:
        name = validation.validate_get_agent(request)
        return messages.GetAgentResponse(agent=await self._store.get_agent(name.center, name.agent))

    async def ListAgents(self, request: messages.ListAgentsRequest, _: Context) -> messages.ListAgentsResponse:
        asked = validation.validate_list_agents(request)
        page = asked.page
        agents, cursor = await self._store.list_agents(
            asked.center, presence=asked.presence, after=page.after, limit=page.limit
        )
        return messages.ListAgentsResponse(agents=agents, next_page_token=page.next_token(cursor))

    async def UpdateAgent(self, request: messages.UpdateAgentRequest, _: Context) -> messages.UpdateAgentResponse:
        asked = validation.validate_update_agent(request)
        agent = await self._store.update_agent(
            asked.center,
            asked.agent,
            display_name=asked.display_name,
            skills=asked.skills,
            capacity=asked.capacity,
            costs=asked.costs,
            request=request_key(request),
        )
        return messages.UpdateAgentResponse(agent=agent)

    async def DeleteAgent(self, request: messages.DeleteAgentRequest, _: Context) -> messages.DeleteAgentResponse:
        name = validation.validate_delete_agent(request)
        await self._store.delete_agent(name.center, name.agent, request=request_key(request))
        return messages.DeleteAgentResponse()

    async def AddAgentSkill(self, request: messages.AddAgentSkillRequest, _: Context) -> messages.AddAgentSkillResponse:
        asked = validation.validate_add_agent_skill(request)
        agent = await self._store.add_agent_skill(
            asked.center, asked.agent, asked.skill, asked.level, request=request_key(request)
        )
        return messages.AddAgentSkillResponse(agent=agent)

    async def RemoveAgentSkill(
        self, request: messages.RemoveAgentSkillRequest, _: Context
    ) -> messages.RemoveAgentSkillResponse:
        asked = validation.validate_remove_agent_skill(request)
        agent = await self._store.remove_agent_skill(
            asked.center, asked.agent, asked.skill, request=request_key(request)
        )
        return messages.RemoveAgentSkillResponse(agent=agent)

    async def SetAgentState(self, request: messages.SetAgentStateRequest, _: Context) -> messages.SetAgentStateResponse:
        asked = validation.validate_set_agent_state(request)
        agent = await self._store.set_agent_state(
            asked.center,
            asked.agent,
            presence=asked.presence,
            reason=asked.reason,
            after_work=asked.after_work,
            request=request_key(request),
        )
        return messages.SetAgentStateResponse(agent=agent)

    async def PullContact(self, request: messages.PullContactRequest, _: Context) -> messages.PullContactResponse:
        asked = validation.validate_pull_contact(request)
        contact, assignment = await self._contacts.pull_contact(
            asked.center, asked.agent, asked.contact, request=request_key(request)
        )
        return messages.PullContactResponse(contact=contact, assignment=assignment)

    async def RenewAgentLease(
        self, request: messages.RenewAgentLeaseRequest, _: Context
    ) -> messages.RenewAgentLeaseResponse:
        name = validation.validate_renew_agent_lease(request)
        return await self._store.renew_agent_lease(name.center, name.agent)
