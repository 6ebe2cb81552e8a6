import { Component, onMounted, useState } from "@odoo/owl";
import { Dialog } from "@web/core/dialog/dialog";
import { RPCError } from "@web/core/network/rpc";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";

/** Does something with many records, some per call, and lists those that failed. */
export class ChunksDialog extends Component {
    static template = "aftersales_crm.ChunksDialog";
    static components = { Dialog };
    static props = {
        model: String,
        id: Number,
        method: String,
        ids: { type: Array, element: Number },
        chunk: Number,
        title: String,
        res_model: String,
        close: Function,
    };

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.state = useState({ running: false, left: [...this.props.ids], done: 0, failed: [] });
        onMounted(() => this.run());
    }

    get total() {
        return this.props.ids.length;
    }

    get handled() {
        return this.total - this.state.left.length;
    }

    get percent() {
        return this.total ? Math.round((100 * this.handled) / this.total) : 100;
    }

    get isFinished() {
        return !this.state.left.length;
    }

    async run() {
        this.state.running = true;
        while (this.state.running && this.state.left.length) {
            const ids = this.state.left.slice(0, this.props.chunk);
            for (const answer of await this.runSome(ids)) {
                if (answer.outcome === "failed") {
                    this.state.failed.push(answer);
                } else {
                    this.state.done += 1;
                }
            }
            this.state.left.splice(0, ids.length);
        }
        this.state.running = false;
    }

    stop() {
        this.state.running = false;
    }

    /** When the call itself breaks, one by one, to find out which is to blame. */
    async runSome(ids) {
        try {
            return await this.orm.silent.call(this.props.model, this.props.method, [[this.props.id], ids]);
        } catch (error) {
            if (ids.length > 1) {
                const answers = [];
                for (const id of ids) {
                    answers.push(...(await this.runSome([id])));
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
            res_model: this.props.res_model,
            res_id: id,
            views: [[false, "form"]],
        });
    }
}

registry.category("actions").add("aftersales_crm.chunks", async (env, action) => {
    await new Promise((resolve) => {
        env.services.dialog.add(ChunksDialog, action.params, { onClose: resolve });
    });
    return { type: "ir.actions.client", tag: "soft_reload" };
});
