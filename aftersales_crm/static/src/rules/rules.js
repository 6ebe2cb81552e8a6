import { Component, markup, onWillStart, useState } from "@odoo/owl";
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
        this.display = { controlPanel: {} };
        this.state = useState({ country: "", on: "", buyer: "consumer", countries: [], html: "" });
        const { params, context } = this.props.action;
        onWillStart(() => this.load({ ...context.params, ...params }));
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
