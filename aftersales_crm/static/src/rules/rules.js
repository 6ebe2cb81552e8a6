import { Component, markup, onWillStart, useState } from "@odoo/owl";
import { router } from "@web/core/browser/router";
import { RPCError } from "@web/core/network/rpc";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { Layout } from "@web/search/layout";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";

/** The rules in force for a country on a day, in words; the address names both. */
export class Rules extends Component {
    static template = "aftersales_crm.Rules";
    static components = { Layout };
    static props = { ...standardActionServiceProps };

    setup() {
        this.orm = useService("orm");
        this.notification = useService("notification");
        this.display = { controlPanel: {} };
        this.state = useState({ country: "", on: "", buyer: "consumer", countries: [], html: "" });
        onWillStart(() => this.start({ ...router.current, ...this.props.action.params }));
    }

    /** What the address asks for, else the company's country today. */
    async start(asked) {
        try {
            await this.load(asked);
        } catch (error) {
            if (!(error instanceof RPCError)) {
                throw error;
            }
            this.notification.add(error.data.message, { type: "warning" });
            await this.load({});
        }
    }

    async load({ country, on, buyer }) {
        const found = await this.orm.call("aftersales.rules", "read_rules", [], { country, on, buyer });
        Object.assign(this.state, found, { html: markup(found.html) });
        this.props.updateActionState({ country: found.country, on: found.on, buyer: found.buyer });
    }

    change(name, value) {
        const { country, on, buyer } = this.state;
        return this.load({ country, on, buyer, [name]: value });
    }

    print() {
        window.print();
    }
}

registry.category("actions").add("aftersales_crm.rules", Rules);
