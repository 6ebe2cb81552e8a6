import { Component, onMounted, useState } from "@odoo/owl";
import { Dialog } from "@web/core/dialog/dialog";
import { _t } from "@web/core/l10n/translation";
import { RPCError } from "@web/core/network/rpc";
import { registry } from "@web/core/registry";
import { useAutofocus, useService } from "@web/core/utils/hooks";

/** Decides many returns, some per call, and tells what became of each. */
export class DecideDialog extends Component {
    static template = "aftersales_crm.DecideDialog";
    static components = { Dialog };
    static props = {
        ids: { type: Array, element: Number },
        decision: { type: String, validate: (decision) => ["approve", "reject"].includes(decision) },
        chunk: Number,
        close: Function,
    };

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.state = useState({ running: false, left: [...this.props.ids], decided: 0, failed: [], reason: "" });
        useAutofocus({ refName: "reason" });
        onMounted(() => this.props.decision === "approve" && this.run());
    }

    get total() {
        return this.props.ids.length;
    }

    get handled() {
        return this.total - this.state.left.length;
    }

    get percent() {
        return Math.round((100 * this.handled) / this.total);
    }

    get isFinished() {
        return !this.state.left.length;
    }

    get title() {
        return this.props.decision === "approve"
            ? _t("Approve %s returns", this.total)
            : _t("Refuse %s returns", this.total);
    }

    async run() {
        this.state.running = true;
        while (this.state.running && this.state.left.length) {
            const ids = this.state.left.slice(0, this.props.chunk);
            for (const answer of await this.decide(ids)) {
                if (answer.outcome === "failed") {
                    this.state.failed.push(answer);
                } else {
                    this.state.decided += 1;
                }
            }
            this.state.left.splice(0, ids.length);
        }
        this.state.running = false;
    }

    stop() {
        this.state.running = false;
    }

    /** Decide some returns; when the call itself breaks, one by one, to find out which is to blame. */
    async decide(ids) {
        try {
            const args = [ids, this.props.decision, this.state.reason || false];
            return await this.orm.silent.call("aftersales.rma", "decide_each", args);
        } catch (error) {
            if (ids.length > 1) {
                const answers = [];
                for (const id of ids) {
                    answers.push(...(await this.decide([id])));
                }
                return answers;
            }
            const message = error instanceof RPCError ? error.data?.message || error.message : error.message;
            return [{ id: ids[0], name: `#${ids[0]}`, outcome: "failed", message }];
        }
    }

    open(id) {
        this.props.close();
        return this.action.doAction({
            type: "ir.actions.act_window",
            res_model: "aftersales.rma",
            res_id: id,
            views: [[false, "form"]],
        });
    }
}

registry.category("actions").add("aftersales_crm.decide", async (env, action) => {
    const { ids, decision, chunk } = action.params;
    await new Promise((resolve) => {
        env.services.dialog.add(DecideDialog, { ids, decision, chunk }, { onClose: resolve });
    });
    return { type: "ir.actions.client", tag: "soft_reload" };
});
