"""Verbs that quote an assignment."""

import json

from tests.invariants.model import preferred
from tests.invariants.model.overflow import resume_wait
from tests.invariants.model.records import Refused
from tests.invariants.model.state import State


class AssignmentVerbs(State):
    """From the offer to the end of wrap-up."""

    def accept(self, name: str, number: int) -> None:
        assignment = self.assignment(name, number)
        if assignment.state == "ACTIVE":
            return
        if assignment.state != "OFFERED":
            self.refuse(assignment)
        assignment.state = self.contacts[name].state = "ACTIVE"
        self.contacts[name].target = ""
        self.stop_steps(self.contacts[name])
        self.agents[assignment.agent].misses = 0

    def decline(self, name: str, number: int, retry_after: int | None = None) -> None:
        assignment = self.assignment(name, number)
        if assignment.state == "DECLINED":
            return
        if assignment.state != "OFFERED":
            self.refuse(assignment)
        self.agents[assignment.agent].misses = 0
        delay = self.rule("retry_delay") if retry_after is None else retry_after
        self.end_offer(name, number, "DECLINED", "", delay)
        self.after_work(assignment.agent)

    def miss(self, name: str, number: int) -> None:
        """The time to answer is over."""
        agent = self.assignment(name, number).agent
        missed, most = self.agents[agent], self.rule("max_missed_offers")
        missed.misses += 1
        self.end_offer(name, number, "MISSED", "", self.rule("missed_retry_delay"))
        self.after_work(agent)
        if most and missed.presence == "AVAILABLE" and missed.misses >= most:
            self.set_presence(agent, "NOT_READY", "MISSED_OFFER", (missed.next, missed.next_reason))

    def end_offer(self, name: str, number: int, state: str, revoke: str, delay: int = 0) -> None:
        """The contact is back in its place; `delay` keeps it from the same agent."""
        contact, assignment = self.contacts[name], self.assignment(name, number)
        assignment.state, assignment.revoke = state, revoke
        self.free(name, number, idle=state != "REVOKED")
        if delay:
            contact.bars[assignment.agent] = self.at() + delay
        if state != "REVOKED":
            contact.target = ""
        if state != "REVOKED":
            preferred.refuse(contact, assignment.agent)
        self.enter_queue(contact)
        if state == "REVOKED":
            return
        contact.attempts += 1
        most = self.rule("max_offers")
        if most and contact.attempts >= most:
            self.leave(name, "EXPIRED", "MAX_OFFERS")

    def complete(self, name: str, number: int) -> None:
        assignment = self.assignment(name, number)
        if assignment.outcome == "SERVED" and assignment.state in ("WRAP_UP", "COMPLETED"):
            return
        if assignment.state != "ACTIVE":
            self.refuse(assignment)
        self.end_service(name, number, "SERVED")
        self.after_work(assignment.agent)

    def _wrap_up(self, channel: str) -> tuple[int, int]:
        """How long it lasts, and how long at most; 0 and 0 for none. In microseconds."""
        mode, time, limit = self.choice("wrap_up_mode"), self.rule("wrap_up_time"), self.rule("wrap_up_limit")
        own = json.loads(self.choice("channel_wrap_up")).get(channel)
        if own:
            mode, time, limit = own["mode"], own["time"], own.get("limit", limit)
        limit = max(time, limit)
        return {"NONE": (0, 0), "UNTIL_FINISHED": (limit, limit)}.get(mode, (time, limit))

    def end_service(self, name: str, number: int, outcome: str) -> None:
        contact, assignment = self.contacts[name], self.assignment(name, number)
        assignment.outcome = outcome
        time, limit = self._wrap_up(contact.channel)
        stays = outcome not in ("TRANSFERRED", "NOT_REACHED")
        if time and outcome != "LOST":
            assignment.state = "WRAP_UP"
            assignment.wrap_ends, assignment.wrap_limit = self.now + time, self.now + limit
        else:
            assignment.state = "TRANSFERRED" if outcome == "TRANSFERRED" else "COMPLETED"
            self.free(name, number, idle=True)
        if stays:
            contact.state = assignment.state

    def extend(self, name: str, number: int, remaining: int) -> None:
        assignment = self.assignment(name, number)
        if assignment.state != "WRAP_UP":
            self.refuse(assignment)
        wanted = self.now + remaining
        if wanted > assignment.wrap_ends:
            if assignment.wrap_ends >= assignment.wrap_limit:
                raise Refused("LIMIT_EXCEEDED")
            assignment.wrap_ends = min(wanted, assignment.wrap_limit)

    def finish(self, name: str, number: int) -> None:
        contact, assignment = self.contacts[name], self.assignment(name, number)
        if assignment.state in ("COMPLETED", "TRANSFERRED"):
            return
        if assignment.state != "WRAP_UP":
            self.refuse(assignment)
        transferred = assignment.outcome == "TRANSFERRED"
        assignment.state = "TRANSFERRED" if transferred else "COMPLETED"
        self.free(name, number, idle=True)
        if not transferred and assignment.outcome != "NOT_REACHED":
            contact.state = "COMPLETED"
        self.after_work(assignment.agent)

    def requeue(self, name: str, number: int) -> None:
        assignment = self.assignment(name, number)
        if assignment.outcome == "TRANSFERRED" or assignment.revoke == "REQUEUED":
            return
        if assignment.state == "OFFERED":
            self.end_offer(name, number, "REVOKED", "REQUEUED")
        elif assignment.state == "ACTIVE":
            self.end_service(name, number, "TRANSFERRED")
            self.contacts[name].in_window = False
            resume_wait(self, self.contacts[name], transferred=False)
            self.enter_queue(self.contacts[name])
        else:
            self.refuse(assignment)
        self.after_work(assignment.agent)

    def transfer(self, name: str, number: int, skills: dict[str, int] | None, agent: str) -> None:
        contact, assignment = self.contacts[name], self.assignment(name, number)
        if assignment.outcome == "TRANSFERRED" and assignment.state != "ACTIVE":
            return
        if assignment.state != "ACTIVE":
            self.refuse(assignment)
        self.check_skills(skills or ())
        if skills is None and self.agents[agent].presence == "OFFLINE":
            raise Refused("WRONG_STATE")
        self.end_service(name, number, "TRANSFERRED")
        contact.in_window = False
        resume_wait(self, contact, transferred=True)
        preferred.replace(contact)
        if skills is None:
            contact.target = agent
        else:
            contact.skills, contact.asked = dict(skills), None
            self.end_steps(contact)
        self.enter_queue(contact)
        self.after_work(assignment.agent)

    def reschedule(self, name: str, number: int) -> None:
        contact, assignment = self.contacts[name], self.assignment(name, number)
        if assignment.outcome == "NOT_REACHED":
            return
        if assignment.state != "ACTIVE":
            self.refuse(assignment)
        self.end_service(name, number, "NOT_REACHED")
        contact.dials += 1
        if contact.dials < contact.most:
            contact.state, contact.place = "SCHEDULED", self.place(self.now + contact.pause)
            preferred.put_off(contact)
        else:
            contact.state, contact.reason = "EXPIRED", "MAX_ATTEMPTS"
        self.after_work(assignment.agent)
